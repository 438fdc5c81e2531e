/**
 * Stands in for the module `electron`, with the order of events and the refusals that Electron has: what may only be done before or after the app is
 * ready throws otherwise, quitting closes the windows, and what crosses to a window and back is cloned.
 */
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import type { IpcEvent, SenderFrame } from '../../electron/main/ipc.ts';

export class FakeEvent {
  defaultPrevented = false;
  preventDefault(): void {
    this.defaultPrevented = true;
  }
}

export interface Details extends FakeEvent {
  url: string;
}

type Handler = (event: IpcEvent, ...values: unknown[]) => unknown;
type OpenHandler = (details: { url: string }) => { action: string };

export class FakeContents extends EventEmitter {
  mainFrame: SenderFrame = { url: 'about:blank', parent: null };
  openHandler: OpenHandler = () => ({ action: 'allow' });
  isGone = false;
  readonly #toPage: EventEmitter;

  constructor(toPage: EventEmitter) {
    super();
    this.#toPage = toPage;
  }

  setWindowOpenHandler(handler: OpenHandler): void {
    this.openHandler = handler;
  }

  isDestroyed(): boolean {
    return this.isGone;
  }

  send(channel: string, ...values: unknown[]): void {
    if (this.isGone) throw new Error('Object has been destroyed');
    this.#toPage.emit(channel, { sender: null }, ...values.map((value) => structuredClone(value)));
  }

  /** Whether the page may go somewhere. */
  navigates(how: 'will-navigate' | 'will-redirect' | 'will-frame-navigate', url: string): boolean {
    const details = Object.assign(new FakeEvent(), { url });
    this.emit(how, details);
    return !details.defaultPrevented;
  }
}

interface WindowOptions {
  readonly [key: string]: unknown;
  readonly webPreferences: Readonly<Record<string, unknown>>;
}

export interface FakeWindow extends EventEmitter {
  readonly options: WindowOptions;
  readonly webContents: FakeContents;
  readonly done: string[];
  isMinimised: boolean;
  close(): void;
  isDestroyed(): boolean;
}

export interface FakeSetting {
  readonly dir: string;
  readonly appDir: string;
  readonly isPackaged: boolean;
  readonly hasLock: boolean;
}

export type FakeElectron = ReturnType<typeof fakeElectron>;

/** A fresh Electron. `control` is for the test, `module` for the app. */
export function fakeElectron({ dir, appDir, isPackaged, hasLock }: FakeSetting) {
  const toPage = new EventEmitter();
  const windows: FakeWindow[] = [];
  const handlers = new Map<string, Handler>();
  const protocols = new Map<string, (request: Request) => Promise<Response>>();
  const schemes: unknown[] = [];
  const exposed: Record<string, unknown> = {};
  const opened: string[] = [];
  const revealed: string[] = [];
  const errors: string[] = [];
  const questions: { options: Record<string, unknown>; answer: (button: number) => void }[] = [];
  const openDialogs: { options: Record<string, unknown>; answer: (paths: string[]) => void }[] = [];
  const blockers = new Set<number>();
  const menus: MenuEntry[][] = [];
  const permissions: Record<string, (...values: never[]) => unknown> = {};
  const state = { isReady: false, isQuitting: false, hasQuit: false, isSandboxed: false, name: 'Electron', numBlockers: 0 };
  let becomeReady = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    becomeReady = () => {
      state.isReady = true;
      app.emit('ready');
      resolve();
    };
  });
  const onlyAfterReady = (what: string): void => {
    if (!state.isReady) throw new Error(`${what} can only be used after the app is ready`);
  };
  const onlyBeforeReady = (what: string): void => {
    if (state.isReady) throw new Error(`${what} should be called before the app is ready`);
  };

  class App extends EventEmitter {
    readonly isPackaged = isPackaged;
    setName = (name: string): void => void (state.name = name);
    getPath = (name: string): string => join(dir, name);
    getAppPath = (): string => appDir;
    requestSingleInstanceLock = (): boolean => hasLock;
    whenReady = (): Promise<void> => ready;
    enableSandbox(): void {
      onlyBeforeReady('app.enableSandbox()');
      state.isSandboxed = true;
    }
    quit(): void {
      if (state.isQuitting || state.hasQuit) return;
      const event = new FakeEvent();
      this.emit('before-quit', event);
      if (event.defaultPrevented) return;
      state.isQuitting = true;
      if (windows.length === 0) this.#end();
      else for (const window of [...windows]) window.close();
    }
    closingPrevented(): void {
      state.isQuitting = false;
    }
    allClosed(): void {
      if (state.isQuitting) this.#end();
      else if (this.listenerCount('window-all-closed') === 0) this.quit();
      else this.emit('window-all-closed');
    }
    #end(): void {
      this.emit('will-quit', new FakeEvent());
      state.hasQuit = true;
      this.emit('quit');
    }
  }
  const app = new App();

  class BrowserWindow extends EventEmitter implements FakeWindow {
    readonly options: WindowOptions;
    readonly webContents = new FakeContents(toPage);
    readonly done: string[] = [];
    isMinimised = false;
    #isMaximised = false;

    constructor(options: WindowOptions) {
      super();
      onlyAfterReady('BrowserWindow');
      this.options = options;
      windows.push(this);
      app.emit('web-contents-created', new FakeEvent(), this.webContents);
    }

    loadURL(url: string): Promise<void> {
      this.done.push(`load ${url}`);
      this.webContents.mainFrame = { url, parent: null };
      return Promise.resolve();
    }
    show = (): void => void this.done.push('show');
    focus = (): void => void this.done.push('focus');
    reload = (): void => void this.done.push('reload');
    isMinimized = (): boolean => this.isMinimised;
    restore(): void {
      this.done.push('restore');
      this.isMinimised = false;
    }
    maximize(): void {
      this.#isMaximised = true;
    }
    isMaximized = (): boolean => this.#isMaximised;
    getNormalBounds() {
      const { x, y, width, height } = this.options;
      return { x, y, width, height };
    }
    isDestroyed = (): boolean => this.webContents.isGone;
    close(): void {
      const event = new FakeEvent();
      this.emit('close', event);
      if (event.defaultPrevented) {
        app.closingPrevented();
        return;
      }
      this.webContents.isGone = true;
      windows.splice(windows.indexOf(this), 1);
      this.emit('closed');
      if (windows.length === 0) app.allClosed();
    }
  }

  /** A dialog's window is optional and comes first. */
  const optionsOf = (values: readonly unknown[]): Record<string, unknown> => values.at(-1) as Record<string, unknown>;

  const module = {
    app,
    BrowserWindow,
    ipcMain: {
      handle(channel: string, handler: Handler): void {
        if (handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`);
        handlers.set(channel, handler);
      },
    },
    protocol: {
      registerSchemesAsPrivileged(list: readonly unknown[]): void {
        onlyBeforeReady('protocol.registerSchemesAsPrivileged');
        schemes.push(...list);
      },
      handle(scheme: string, handler: (request: Request) => Promise<Response>): void {
        onlyAfterReady('protocol.handle');
        protocols.set(scheme, handler);
      },
    },
    session: {
      get defaultSession() {
        onlyAfterReady('Session');
        return Object.fromEntries(
          ['setPermissionRequestHandler', 'setPermissionCheckHandler', 'setDevicePermissionHandler'].map((name) => [
            name,
            (handler: () => unknown) => void (permissions[name] = handler),
          ]),
        );
      },
    },
    screen: {
      getPrimaryDisplay: () => display,
      getAllDisplays: () => [display],
    },
    dialog: {
      showMessageBox: (...values: unknown[]) =>
        new Promise<{ response: number }>((resolve) =>
          questions.push({ options: optionsOf(values), answer: (response) => resolve({ response }) }),
        ),
      showOpenDialog: (...values: unknown[]) =>
        new Promise<{ canceled: boolean; filePaths: string[] }>((resolve) =>
          openDialogs.push({
            options: optionsOf(values),
            answer: (filePaths) => resolve({ canceled: filePaths.length === 0, filePaths }),
          }),
        ),
      showErrorBox: (title: string, message: string): void => void errors.push(`${title}: ${message}`),
    },
    shell: {
      openExternal: (url: string): Promise<void> => Promise.resolve(void opened.push(url)),
      showItemInFolder: (path: string): void => void revealed.push(path),
    },
    Menu: {
      buildFromTemplate: (template: MenuEntry[]) => template,
      setApplicationMenu: (menu: MenuEntry[]): void => void menus.push(menu),
    },
    powerSaveBlocker: {
      start(type: string): number {
        if (type !== 'prevent-app-suspension' && type !== 'prevent-display-sleep') throw new TypeError(`Unknown type ${type}`);
        blockers.add(++state.numBlockers);
        return state.numBlockers;
      },
      stop: (id: number): boolean => blockers.delete(id),
    },
    nativeTheme: { shouldUseDarkColors: false },
    contextBridge: {
      exposeInMainWorld(name: string, api: unknown): void {
        if (name in exposed) throw new Error('Cannot bind an API on top of an existing property on the window object');
        exposed[name] = api;
      },
    },
    ipcRenderer: {
      async invoke(channel: string, ...values: unknown[]): Promise<unknown> {
        return await control.ask(windows[0]?.webContents.mainFrame ?? null, channel, ...values);
      },
      on: (channel: string, listener: (...values: unknown[]) => void): void => void toPage.on(channel, listener),
      removeListener: (channel: string, listener: (...values: unknown[]) => void): void => void toPage.off(channel, listener),
    },
    webUtils: { getPathForFile: (file: File): string => (file.name === 'made-by-the-page' ? '' : `/dropped/${file.name}`) },
  };

  const control = {
    ...{ state, windows, handlers, protocols, schemes, exposed, opened, revealed, errors, questions, openDialogs, blockers, menus },
    ...{ permissions, toPage },
    becomeReady,
    /** What a frame's `ipcRenderer.invoke` comes to. */
    async ask(frame: SenderFrame | null, channel: string, ...values: unknown[]): Promise<unknown> {
      const handler = handlers.get(channel);
      if (handler === undefined) throw new Error(`No handler registered for '${channel}'`);
      try {
        return structuredClone(await handler({ senderFrame: frame }, ...values.map((value) => structuredClone(value))));
      } catch (error) {
        throw new Error(`Error invoking remote method '${channel}': ${String(error)}`, { cause: error });
      }
    },
    fetch(url: string, method = 'GET'): Promise<Response> {
      const handler = protocols.get(new URL(url).protocol.slice(0, -1));
      if (handler === undefined) throw new Error(`Nobody answers ${url}`);
      return handler({ url, method, signal: new AbortController().signal } as Request);
    },
  };
  return { module, control };
}

const display = { id: 1, workArea: { x: 0, y: 25, width: 1920, height: 1055 } };

export interface MenuEntry {
  readonly label?: string;
  readonly role?: string;
  readonly enabled?: boolean;
  readonly click?: () => void;
  readonly submenu?: readonly MenuEntry[];
}
