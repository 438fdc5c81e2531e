/** The application's menu, as Electron takes it. */
import type { RecentView } from '../contract/domain.ts';

export interface MenuItem {
  readonly label?: string;
  readonly role?: string;
  readonly type?: 'separator';
  readonly accelerator?: string;
  readonly enabled?: boolean;
  readonly click?: () => void;
  readonly submenu?: readonly MenuItem[];
}

export interface MenuActions {
  openFolder(): void;
  openProject(): void;
  openRecent(path: string): void;
  closeProject(): void;
  restartEngine(): void;
  showLog(): void;
  openHelpPage(): void;
}

export interface MenuState {
  readonly platform: NodeJS.Platform;
  readonly isPackaged: boolean;
  readonly recents: readonly RecentView[];
  readonly hasProject: boolean;
  readonly isEngineLost: boolean;
}

const maxRecents = 10;
const separator: MenuItem = { type: 'separator' };

/** The menu for a state of the app. */
export function menuTemplate(state: MenuState, actions: MenuActions): MenuItem[] {
  const isMac = state.platform === 'darwin';
  return [
    ...(isMac ? [{ role: 'appMenu' }] : []),
    fileMenu(state, actions, isMac),
    { role: 'editMenu' },
    viewMenu(state),
    { role: 'windowMenu' },
    helpMenu(state, actions),
  ];
}

function fileMenu({ recents, hasProject }: MenuState, actions: MenuActions, isMac: boolean): MenuItem {
  const known = recents.filter(({ exists }) => exists).slice(0, maxRecents);
  return {
    label: '&File',
    submenu: [
      { label: 'Open &Folder…', accelerator: 'CmdOrCtrl+O', click: () => actions.openFolder() },
      { label: 'Open &Project…', accelerator: 'CmdOrCtrl+Shift+O', click: () => actions.openProject() },
      {
        label: 'Open &Recent',
        enabled: known.length > 0,
        submenu: known.map(({ name, path }) => ({ label: withoutMnemonic(name), click: () => actions.openRecent(path) })),
      },
      separator,
      { label: '&Close Project', enabled: hasProject, click: () => actions.closeProject() },
      separator,
      { role: isMac ? 'close' : 'quit' },
    ],
  };
}

function viewMenu({ isPackaged }: MenuState): MenuItem {
  const forDevelopers: MenuItem[] = isPackaged ? [] : [{ role: 'reload' }, { role: 'toggleDevTools' }, separator];
  return {
    label: '&View',
    submenu: [...forDevelopers, { role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, separator, { role: 'togglefullscreen' }],
  };
}

function helpMenu({ isEngineLost, platform }: MenuState, actions: MenuActions): MenuItem {
  return {
    role: 'help',
    label: '&Help',
    submenu: [
      { label: 'Running Exported Models (ONNX Runtime)', click: () => actions.openHelpPage() },
      separator,
      { label: 'Start the Engine Again', enabled: isEngineLost, click: () => actions.restartEngine() },
      { label: 'Show Log', click: () => actions.showLog() },
      ...(platform === 'darwin' ? [] : [separator, { role: 'about' }]),
    ],
  };
}

/** An ampersand would underline the letter after it. */
function withoutMnemonic(name: string): string {
  return name.replaceAll('&', '&&');
}
