/** How the window is made: its rights, which are none, and where it appears. */

export interface Bounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface WindowState {
  readonly bounds: Bounds;
  readonly isMaximized: boolean;
}

const minWidth = 960;
const minHeight = 640;
const usualWidth = 1440;
const usualHeight = 900;
/** So much of the title bar has to be on a screen that it can be grasped. */
const graspPx = 80;

/** The page's own background, so that nothing flashes before it is drawn. */
export const backgrounds = { light: '#f2f3f6', dark: '#141518' } as const;

/** Rights of the page. Each is the default of today's Electron; written down so that a test can hold them. */
export const webPreferences = {
  contextIsolation: true,
  sandbox: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  navigateOnDragDrop: false,
  safeDialogs: true,
  spellcheck: false,
} as const;

/** What a `BrowserWindow` is made with. */
export function windowOptions(input: {
  readonly state: WindowState;
  readonly preloadPath: string;
  readonly iconPath: string | null;
  readonly isDark: boolean;
  readonly isPackaged: boolean;
}): {
  readonly [key: string]: unknown;
  readonly webPreferences: typeof webPreferences & { readonly preload: string; readonly devTools: boolean };
} {
  const { state, preloadPath, iconPath, isDark, isPackaged } = input;
  return {
    ...state.bounds,
    minWidth,
    minHeight,
    show: false,
    title: 'Acclimate',
    backgroundColor: isDark ? backgrounds.dark : backgrounds.light,
    ...(iconPath !== null && { icon: iconPath }),
    webPreferences: { ...webPreferences, preload: preloadPath, devTools: !isPackaged },
  };
}

/** Where the window was, if that is still on a screen; else the usual size in the middle of the first one. */
export function restoredState(saved: unknown, workAreas: readonly Bounds[]): WindowState {
  const [first = { x: 0, y: 0, width: usualWidth, height: usualHeight }] = workAreas;
  if (isWindowState(saved)) {
    const { x, y, width, height } = saved.bounds;
    const home = workAreas.find(
      (area) => x + width >= area.x + graspPx && x <= area.x + area.width - graspPx && y >= area.y && y <= area.y + area.height - graspPx,
    );
    if (home !== undefined) {
      const fitting = { width: clamp(width, minWidth, home.width), height: clamp(height, minHeight, home.height) };
      return { bounds: { x, y, ...fitting }, isMaximized: saved.isMaximized };
    }
  }
  const width = Math.min(usualWidth, first.width);
  const height = Math.min(usualHeight, first.height);
  const x = first.x + Math.round((first.width - width) / 2);
  const y = first.y + Math.round((first.height - height) / 2);
  return { bounds: { x, y, width, height }, isMaximized: false };
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(Math.min(value, high), Math.min(low, high));
}

function isWindowState(value: unknown): value is WindowState {
  if (typeof value !== 'object' || value === null) return false;
  const { bounds, isMaximized } = value as { readonly bounds?: Partial<Bounds> | null; readonly isMaximized?: unknown };
  if (typeof bounds !== 'object' || bounds === null || typeof isMaximized !== 'boolean') return false;
  return [bounds.x, bounds.y, bounds.width, bounds.height].every((part) => Number.isInteger(part));
}
