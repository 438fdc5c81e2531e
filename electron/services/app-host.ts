/** The app without a window: the open project, its jobs, and what is kept beside projects. One of it lives in the engine's process. */
import { readFileSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { JobKind, JobView } from '../contract/domain.ts';
import { AppError } from '../contract/errors.ts';
import type { Emit, ProjectPart } from '../contract/events.ts';
import { allowedPath } from './intake/allowed-path.ts';
import { BaseFiles } from './adaptation/base-files.ts';
import type { StartThread } from './compute/compute-thread.ts';
import type { ComputeSetup } from './compute/messages.ts';
import { warmCatalog } from './catalog/warm-catalog.ts';
import { defaultDataDir } from './projects/data-dir.ts';
import type { Host } from './host.ts';
import { JobBoard } from './job-board.ts';
import { nameOf } from './projects/project-place.ts';
import { Recents } from './projects/recents.ts';
import { Speeds } from './adaptation/speeds.ts';
import { openWorkspace } from './workspace.ts';
import type { Device, Workspace } from './workspace.ts';

export interface AppHostOptions {
  readonly emit: Emit;
  /** The system's folder for it unless told. */
  readonly dataDir?: string;
  /** Folders can only be chosen below this one; no limit unless told. */
  readonly root?: string;
  readonly device?: Device;
  readonly cacheDir?: string;
  readonly checkpointEverySeconds?: number;
  /** Folders with base models beside `dataDir/models`; those that ship and those of the environment unless told. */
  readonly modelDirs?: readonly string[];
  readonly now?: () => number;
  /** Starts computing threads otherwise than usual, for tests. */
  readonly startThread?: StartThread;
}

/** After opening, the window asks for what it shows first. */
const warmAfterMs = 300;

type Part = ProjectPart | 'labels';

interface Kept {
  readonly parts: readonly Part[];
  readonly value: unknown;
}

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };

export class AppHost implements Host {
  readonly version = version;
  readonly device: Device;
  readonly dataDir: string;
  readonly root: string | null;
  readonly emit: Emit;
  readonly jobs: Host['jobs'];
  readonly board: JobBoard;
  readonly recents: Recents;
  readonly bases: BaseFiles;
  readonly speeds: Speeds;
  readonly #options: AppHostOptions;
  readonly #kept = new Map<string, Kept>();
  #current: Workspace | null = null;
  /** Opening and closing wait for one another. */
  #switching: Promise<unknown> = Promise.resolve();

  constructor(options: AppHostOptions) {
    this.#options = options;
    this.dataDir = resolve(options.dataDir ?? defaultDataDir());
    this.root = options.root === undefined ? null : resolve(options.root);
    this.emit = options.emit;
    this.device = options.device ?? 'cpu';
    this.recents = new Recents(this.dataDir);
    this.bases = new BaseFiles(this.dataDir, options.modelDirs);
    this.speeds = new Speeds(this.dataDir);
    const board = new JobBoard(this, options.startThread);
    this.board = board;
    this.jobs = {
      list: () => board.list(),
      finish: async (id) => await soon(() => board.finish(id)),
      pause: async (id) => await soon(() => board.pause(id)),
      cancel: async (id) => await soon(() => board.cancel(id)),
      resume: async (id) => await soon(() => board.resume(id)),
      dismiss: async (id) => await soon(() => board.dismiss(id)),
    };
  }

  get current(): Workspace | null {
    return this.#current;
  }

  workspace(): Workspace {
    if (this.#current === null) throw new AppError('conflict', 'No project is open. Open a folder of images first.');
    return this.#current;
  }

  /** The absolute path, if the window may use it. Throws `invalid-input`. */
  allow(path: string): string {
    return allowedPath(path, this.root === null ? null : [this.root, this.dataDir]);
  }

  async open(projectPath: string, { create }: { readonly create: boolean }): Promise<Workspace> {
    return await this.#exclusively(async () => {
      if (this.#current !== null && isSameFile(this.#current.project.path, projectPath)) return this.#current;
      const opened = openWorkspace({
        projectPath,
        create,
        onWarning: (message) => this.emit('warning.raised', { message }),
        ...this.#tuning(),
      });
      try {
        await this.#closeCurrent();
      } catch (error) {
        opened.close();
        throw error;
      }
      this.#current = opened;
      this.#kept.clear();
      const { path, images } = opened.project;
      this.#tolerate(() => this.recents.note({ path, name: nameOf(path), openedAt: this.#now(), numImages: images.counts().ok }));
      this.emit('project.switched', { path });
      this.#warmSoon();
      return opened;
    });
  }

  async close(): Promise<void> {
    await this.#exclusively(async () => {
      if (this.#current === null) return;
      await this.#closeCurrent();
      this.emit('project.switched', { path: null });
    });
  }

  memo<Value>(key: string, parts: readonly Part[], make: () => Value): Value {
    const known = this.#kept.get(key);
    if (known !== undefined) return known.value as Value;
    const value = make();
    this.#kept.set(key, { parts, value });
    if (value instanceof Promise) {
      value.catch(() => {
        if (this.#kept.get(key)?.value === value) this.#kept.delete(key);
      });
    }
    return value;
  }

  changed(parts: readonly Part[]): void {
    if (parts.length === 0) return;
    for (const [key, kept] of this.#kept) if (kept.parts.some((part) => parts.includes(part))) this.#kept.delete(key);
    const told = parts.filter((part) => part !== 'labels');
    if (told.length > 0) this.emit('project.changed', { parts: told });
  }

  async startJob(kind: JobKind, request: unknown): Promise<JobView> {
    return await soon(() => this.board.start(kind, request));
  }

  computeSetup(): ComputeSetup {
    return { projectPath: this.workspace().project.path, ...this.#tuning() };
  }

  jobSucceeded(kind: JobKind): void {
    if (this.#current === null) return;
    const { project } = this.#current;
    if (kind === 'import' || kind === 'sample') this.#tolerate(() => this.recents.count(project.path, project.images.counts().ok));
    this.#warmSoon();
    if (kind === 'adapt') this.#tolerate(() => this.speeds.learn(project.models.list(), this.device));
  }

  async #exclusively<Value>(work: () => Promise<Value>): Promise<Value> {
    const turn = this.#switching.then(work);
    this.#switching = turn.catch(() => undefined);
    return await turn;
  }

  async #closeCurrent(): Promise<void> {
    const closing = this.#current;
    if (closing === null) return;
    await this.board.close();
    this.#current = null;
    this.#kept.clear();
    closing.close();
  }

  #warmSoon(): void {
    const opened = this.#current;
    setTimeout(() => {
      if (opened !== null && this.#current === opened) void warmCatalog(this, opened);
    }, warmAfterMs).unref();
  }

  #tuning(): Pick<ComputeSetup, 'device' | 'cacheDir' | 'dataDir' | 'checkpointEverySeconds'> {
    const { device, cacheDir, checkpointEverySeconds } = this.#options;
    return {
      dataDir: this.dataDir,
      ...(device !== undefined && { device }),
      ...(cacheDir !== undefined && { cacheDir }),
      ...(checkpointEverySeconds !== undefined && { checkpointEverySeconds }),
    };
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }

  /** For what is kept for convenience: a full disk there must not fail the work itself. */
  #tolerate(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.emit('warning.raised', { message: error instanceof Error ? error.message : String(error) });
    }
  }
}

/** The work as a promise, which a throw rejects. */
async function soon<Value>(work: () => Value): Promise<Value> {
  return await Promise.resolve().then(work);
}

function isSameFile(a: string, b: string): boolean {
  try {
    return realpathSync(a) === realpathSync(b);
  } catch {
    return a === resolve(b);
  }
}
