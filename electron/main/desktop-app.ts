/** The desktop app's lifetime: one window, one engine, and what passes between them. Decisions are made in the modules beside; this puts them together. */
import { app, dialog, ipcMain, Menu, nativeTheme, powerSaveBlocker, protocol, screen, session, shell } from 'electron';
import type { BrowserWindow, MenuItemConstructorOptions } from 'electron';
import { join } from 'node:path';
import type { ConnectionState } from '../contract/bridge.ts';
import { channels } from '../contract/channels.ts';
import type { AppView, ProjectView, RecentView } from '../contract/domain.ts';
import type { EngineEvent } from '../contract/engine-messages.ts';
import { readStaticFiles } from '../window-files/static-files.ts';
import { scheme } from './address.ts';
import { engineEnvironment } from './app-files.ts';
import type { AppFiles } from './app-files.ts';
import { createProtocolHandler } from './app-protocol.ts';
import { closingChoice, closingQuestion } from './closing.ts';
import { EngineSupervisor } from './engine-supervisor.ts';
import { failureMessage } from './failure-message.ts';
import { forkEngine } from './fork-engine.ts';
import { registerIpc } from './ipc.ts';
import type { PickFileOptions, PickFolderOptions } from './ipc.ts';
import { JobWatch } from './job-watch.ts';
import { KnownPaths } from './known-paths.ts';
import type { LogFile } from './log-file.ts';
import { menuTemplate } from './menu-template.ts';
import { externalPages, guardContents, guardSession, isExternalPage } from './navigation.ts';
import { openRequest, projectExtension } from './opened-path.ts';
import { SavedState } from './saved-state.ts';
import { openWindow } from './window.ts';

export class DesktopApp {
  readonly #files: AppFiles;
  readonly #log: LogFile;
  readonly #engine: EngineSupervisor;
  readonly #jobs = new JobWatch(powerSaveBlocker);
  readonly #known = new KnownPaths();
  readonly #saved = new SavedState(join(app.getPath('userData'), 'window.json'));
  #window: BrowserWindow | null = null;
  /** Asked for before the app was ready. */
  #pathToOpen: string | null = null;
  #isReady = false;
  #isQuitting = false;
  /** The window was closed while something ran, which is to be finished first. */
  #isFinishing = false;
  #isAsking = false;

  constructor(files: AppFiles, log: LogFile) {
    this.#files = files;
    this.#log = log;
    const env = engineEnvironment(process.env);
    this.#engine = new EngineSupervisor({
      spawn: () => forkEngine({ entry: files.engineEntry, nodePath: files.nodePath, env, log: (line) => log.write(line) }),
      settings: {},
      onEvent: (event) => this.#take(event),
      onConnection: (state) => this.#connectionChanged(state),
      log: (line) => log.write(line),
      logPath: log.path,
    });
  }

  /** Once Electron is ready. */
  start(path: string | null): void {
    this.#isReady = true;
    guardSession(session.defaultSession);
    const handler = createProtocolHandler({
      files: readStaticFiles(this.#files.rendererDir),
      image: (id, variant, signal) => this.#engine.image(id, variant, signal),
    });
    protocol.handle(scheme, handler);
    this.#answerWindow();
    app.on('web-contents-created', (_, contents) => {
      guardContents(
        contents,
        (address) => this.#openExternal(address),
        (line) => this.#log.write(line),
      );
    });
    app.on('window-all-closed', () => this.#windowClosed());
    app.on('before-quit', (event) => this.#beforeQuit(event));
    this.#engine.start();
    this.show(path ?? this.#pathToOpen);
    void this.#buildMenu();
  }

  /** Brings the window to the front, and opens a path in it. */
  show(path: string | null): void {
    if (!this.#isReady) {
      this.#pathToOpen = path ?? this.#pathToOpen;
      return;
    }
    this.#isFinishing = false;
    if (this.#window === null) this.#openWindow();
    else {
      if (this.#window.isMinimized()) this.#window.restore();
      this.#window.show();
      this.#window.focus();
    }
    if (path !== null) void this.#try(() => this.#open(path));
  }

  #openWindow(): void {
    const window = openWindow({
      files: this.#files,
      saved: this.#saved,
      log: this.#log,
      screen,
      isDark: nativeTheme.shouldUseDarkColors,
      isPackaged: app.isPackaged,
      platform: process.platform,
    });
    this.#window = window;
    window.on('close', (event) => {
      if (this.#isQuitting || this.#isFinishing || this.#jobs.running.length === 0) return;
      event.preventDefault();
      void this.#askBeforeClosing();
    });
    window.on('closed', () => (this.#window = null));
  }

  #answerWindow(): void {
    registerIpc(
      ipcMain,
      {
        call: (name, input) => this.#engine.call(name, input),
        pickFolder: (options) => this.#pickFolder(options),
        pickFile: (options) => this.#pickFile(options),
        reveal: (path) => this.#reveal(path),
        connection: () => this.#engine.state,
      },
      (line) => this.#log.write(line),
    );
  }

  #take(event: EngineEvent): void {
    this.#jobs.take(event);
    this.#send(channels.eventRaised, event.name, event.payload);
    if (event.name === 'project.switched') void this.#buildMenu();
    this.#quitIfDone();
  }

  #connectionChanged(state: ConnectionState): void {
    if (state.status !== 'connected') this.#jobs.clear();
    this.#send(channels.connectionChanged, state);
    if (state.status === 'connected' || state.status === 'lost') void this.#buildMenu();
    // Without a window nobody would see that what was to be finished has ended.
    this.#quitIfDone();
  }

  #send(channel: string, ...values: unknown[]): void {
    if (this.#window !== null && !this.#window.webContents.isDestroyed()) this.#window.webContents.send(channel, ...values);
  }

  async #open(path: string): Promise<void> {
    const { name, path: opened } = openRequest(path);
    await this.#engine.call(name, { path: opened });
  }

  async #pickFolder({ title, defaultPath }: PickFolderOptions): Promise<string | null> {
    return await this.#pick({
      title,
      defaultPath: defaultPath ?? app.getPath('pictures'),
      properties: ['openDirectory', 'createDirectory'],
    });
  }

  async #pickFile({ title, kinds, defaultPath }: PickFileOptions): Promise<string | null> {
    return await this.#pick({ title, defaultPath: defaultPath ?? app.getPath('documents'), filters: kinds, properties: ['openFile'] });
  }

  async #pick(options: Electron.OpenDialogOptions): Promise<string | null> {
    const { filePaths } = await (this.#window === null ? dialog.showOpenDialog(options) : dialog.showOpenDialog(this.#window, options));
    const [path] = filePaths;
    if (path === undefined) return null;
    this.#known.choose(path);
    return path;
  }

  async #reveal(path: string): Promise<void> {
    const project = (await this.#engine.call('project.view', {})) as ProjectView | null;
    const { dataDir } = (await this.#engine.call('app.view', {})) as AppView;
    const shown = this.#known.shown(path, project, dataDir);
    if (shown === null) this.#log.write(`Refused to show ${path.slice(0, 200)}.`);
    else shell.showItemInFolder(shown);
  }

  #openExternal(address: string): void {
    if (isExternalPage(address)) void shell.openExternal(address);
  }

  async #buildMenu(): Promise<void> {
    const isConnected = this.#engine.state.status === 'connected';
    const recents = isConnected ? ((await this.#engine.call('app.recents', {}).catch(() => [])) as readonly RecentView[]) : [];
    const template = menuTemplate(
      {
        platform: process.platform,
        isPackaged: app.isPackaged,
        recents,
        hasProject: this.#engine.projectPath !== null,
        isEngineLost: this.#engine.state.status === 'lost',
      },
      {
        openFolder: () => void this.#try(() => this.#pickAndOpen(() => this.#pickFolder({ title: 'Open a folder of images' }))),
        openProject: () =>
          void this.#try(() =>
            this.#pickAndOpen(() =>
              this.#pickFile({ title: 'Open a project', kinds: [{ name: 'Acclimate projects', extensions: [projectExtension] }] }),
            ),
          ),
        openRecent: (path) => void this.#try(() => this.#open(path)),
        closeProject: () => void this.#try(() => this.#engine.call('project.close', {})),
        restartEngine: () => this.#engine.start(),
        showLog: () => shell.showItemInFolder(this.#log.path),
        openHelpPage: () => this.#openExternal(externalPages.onnxRuntime),
      },
    );
    Menu.setApplicationMenu(Menu.buildFromTemplate(template as MenuItemConstructorOptions[]));
  }

  async #pickAndOpen(pick: () => Promise<string | null>): Promise<void> {
    const path = await pick();
    if (path === null) return;
    if (this.#window === null) this.show(null);
    await this.#open(path);
  }

  /** For what was asked for outside the page, which therefore cannot say that it failed. */
  async #try(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const message = failureMessage(error);
      if (message === null) return;
      this.#log.write(message);
      dialog.showErrorBox('That did not work', message);
    }
  }

  async #askBeforeClosing(): Promise<void> {
    if (this.#window === null || this.#isAsking) return;
    this.#isAsking = true;
    try {
      const question = { ...closingQuestion(this.#jobs.running), buttons: [...closingQuestion(this.#jobs.running).buttons] };
      const { response } = await dialog.showMessageBox(this.#window, { type: 'question', title: 'Acclimate', noLink: true, ...question });
      const choice = closingChoice(response);
      if (choice === 'stop') {
        this.#isQuitting = true;
        app.quit();
      } else if (choice === 'keep') {
        this.#isFinishing = true;
        this.#window.close();
      }
    } finally {
      this.#isAsking = false;
    }
  }

  #windowClosed(): void {
    // On macOS an app stays when its window is gone, until it is told to quit.
    if (process.platform !== 'darwin' && !this.#isFinishing) app.quit();
    this.#quitIfDone();
  }

  #quitIfDone(): void {
    if (this.#isFinishing && this.#window === null && this.#jobs.running.length === 0) app.quit();
  }

  /** The engine ends first, in good order. */
  #beforeQuit(event: { preventDefault(): void }): void {
    if (this.#engine.isStopped) return;
    event.preventDefault();
    if (!this.#isQuitting && this.#window !== null && this.#jobs.running.length > 0) {
      void this.#askBeforeClosing();
      return;
    }
    this.#isQuitting = true;
    void this.#engine.stop().then(() => app.quit());
  }
}
