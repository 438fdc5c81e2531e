/** Starts the desktop app's own entry on a fake Electron and an engine in memory. */
import { EventEmitter } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import type { JobView } from '../../electron/contract/domain.ts';
import type { FromEngine, ToEngine } from '../../electron/contract/engine-messages.ts';
import type { EventName, Events } from '../../electron/contract/events.ts';
import type { Result } from '../../electron/contract/result.ts';
import type { EngineProcess } from '../../electron/main/engine-supervisor.ts';
import { fakeElectron } from './fake-electron.ts';
import type { MenuEntry } from './fake-electron.ts';

/** By the name of a call; a call without an answer stays open. */
export type Answers = Record<string, (input: never) => Result<unknown>>;

export const ok = (value: unknown): Result<unknown> => ({ ok: true, value });

export class FakeEngine extends EventEmitter implements EngineProcess {
  connected = true;
  readonly received: ToEngine[] = [];
  readonly #answers: Answers;

  constructor(answers: Answers) {
    super();
    this.#answers = answers;
  }

  send(message: ToEngine): void {
    this.received.push(structuredClone(message));
    queueMicrotask(() => this.#take(message));
  }

  #take(message: ToEngine): void {
    if (message.type === 'start') this.#emit({ type: 'ready' });
    else if (message.type === 'shutdown') this.end(0, null);
    else if (message.type === 'image') {
      const value = { mime: 'image/webp', bytes: Uint8Array.of(message.imageId) };
      const error = { code: 'not-found' as const, message: 'There is no such picture.', details: {} };
      this.#emit({ type: 'answer', id: message.id, result: message.imageId < 10 ? ok(value) : { ok: false, error } });
    } else if (message.type === 'call') {
      const answer = this.#answers[message.name];
      if (answer !== undefined) this.#emit({ type: 'answer', id: message.id, result: answer(message.input as never) });
    }
  }

  say<Name extends EventName>(name: Name, payload: Events[Name]): void {
    this.#emit({ type: 'event', name, payload } as FromEngine);
  }

  calls(): string[] {
    return this.received.flatMap((message) => (message.type === 'call' ? [`${message.name} ${JSON.stringify(message.input)}`] : []));
  }

  kill(): void {
    this.end(null, 'SIGKILL');
  }

  end(code: number | null, signal: string | null): void {
    if (!this.connected) return;
    this.connected = false;
    this.emit('exit', code, signal);
  }

  #emit(message: FromEngine): void {
    if (this.connected) this.emit('message', structuredClone(message));
  }
}

/** A job as the engine tells of it. */
export function job(id: number, status: JobView['status'], title = `Job ${id}`): JobView {
  return {
    ...{ id, kind: 'adapt', title, status, phase: '', done: 0, total: null, unit: 'steps', remainingMs: null, error: null },
    ...{ outcome: null, canFinish: false, createdAt: 0, startedAt: null, finishedAt: null },
  };
}

export interface DesktopSetting {
  readonly argv?: readonly string[];
  readonly isPackaged?: boolean;
  readonly hasLock?: boolean;
  readonly answers?: Answers;
  readonly platform?: NodeJS.Platform;
  readonly isDark?: boolean;
  /** Remembered from the last time. */
  readonly savedWindow?: unknown;
  readonly beforeReady?: (electron: ReturnType<typeof fakeElectron>) => void;
}

/** A temporary folder. */
export function temporaryDir(name: string): string {
  const dir = mkdtempSync(join(tmpdir(), `acclimate-${name}-`));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Runs `electron/main/main.ts` until its window is open. */
export async function startDesktop(setting: DesktopSetting = {}) {
  const dir = temporaryDir('desktop');
  const appDir = join(dir, 'app');
  mkdirSync(join(appDir, 'dist', 'renderer', 'assets'), { recursive: true });
  writeFileSync(join(appDir, 'dist', 'renderer', 'index.html'), '<!doctype html><title>Acclimate</title>');
  writeFileSync(join(appDir, 'dist', 'renderer', 'assets', 'index-1.js'), 'export {};');
  writeFileSync(join(appDir, 'secret.html'), 'secret');
  mkdirSync(join(dir, 'userData'));
  if (setting.savedWindow !== undefined) writeFileSync(join(dir, 'userData', 'window.json'), JSON.stringify(setting.savedWindow));
  const { isPackaged = false, hasLock = true, platform = 'linux' } = setting;
  const electron = fakeElectron({ dir, appDir, isPackaged, hasLock });
  electron.module.nativeTheme.shouldUseDarkColors = setting.isDark ?? false;
  const { control, module } = electron;
  const engines: FakeEngine[] = [];
  const answers: Answers = {
    'app.recents': () => ok([]),
    'app.view': () => ok({ dataDir: join(dir, 'data') }),
    'project.view': () => ok(null),
    'project.open': ({ path }: { path: string }) => opened(path),
    'project.openFolder': ({ path }: { path: string }) => opened(join(path, 'a.acclimate')),
    'project.close': () => ok(null),
    ...setting.answers,
  };
  const opened = (path: string): Result<unknown> => {
    engines.at(-1)!.say('project.switched', { path });
    return ok({ path });
  };

  vi.resetModules();
  vi.doMock('electron', () => module);
  vi.doMock('../../electron/main/fork-engine.ts', () => ({
    forkEngine: () => {
      const engine = new FakeEngine(answers);
      engines.push(engine);
      return engine;
    },
  }));
  vi.spyOn(process, 'platform', 'get').mockReturnValue(platform);
  const { argv } = process;
  process.argv = ['/electron', appDir, ...(setting.argv ?? [])];
  Object.defineProperty(process, 'resourcesPath', { value: join(dir, 'resources'), configurable: true });
  onTestFinished(() => {
    process.argv = argv;
    for (const engine of engines) engine.removeAllListeners('exit');
    vi.doUnmock('electron');
    vi.doUnmock('../../electron/main/fork-engine.ts');
    vi.restoreAllMocks();
    Reflect.deleteProperty(process, 'resourcesPath');
  });
  await import('../../electron/main/main.ts');
  setting.beforeReady?.(electron);
  control.becomeReady();
  await settle();
  return {
    ...{ dir, appDir, control, module, engines },
    app: module.app,
    engine: () => engines.at(-1)!,
    window: () => {
      const [window] = control.windows;
      if (window === undefined) throw new Error('There is no window.');
      return window;
    },
    /** A request of the window's own page. */
    ask: (channel: string, ...values: unknown[]) => control.ask(control.windows[0]!.webContents.mainFrame, channel, ...values),
    log: () => {
      const path = join(dir, 'logs', 'acclimate.log');
      return existsSync(path) ? readFileSync(path, 'utf8') : '';
    },
    /** Chooses an item of the menu that is set. */
    choose: async (label: string) => {
      const item = find(control.menus.at(-1)!, label);
      if (item?.click === undefined) throw new Error(`The menu has no '${label}'.`);
      item.click();
      await settle();
    },
  };
}

function find(menu: readonly MenuEntry[], label: string): MenuEntry | undefined {
  for (const item of menu) {
    if (item.label === label) return item;
    const below = find(item.submenu ?? [], label);
    if (below !== undefined) return below;
  }
  return undefined;
}

/** Until all that follows at once has happened; nothing here waits for time. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}
