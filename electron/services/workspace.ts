/** Everything a use case works with: an open project, the pixel cache, the executor, and who listens. */
import { existsSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, platform } from 'node:process';
import { AppError } from '../contract/errors.ts';
import { DecodePool } from '../images/decode-pool.ts';
import { prepareDecoder } from '../images/parallel.ts';
import { PixelCache } from '../images/pixel-cache.ts';
import { Interruption } from '../jobs/interruption.ts';
import { runJob } from '../jobs/run-job.ts';
import type { JobCommand, JobContext, JobSnapshot } from '../jobs/run-job.ts';
import { createProject, openProject } from '../project/open-project.ts';
import type { Project } from '../project/project.ts';
import { createCompiledExecutor } from '../tensor/compiled.ts';
import type { Provider } from '../tensor/compiled.ts';
import { createEagerExecutor, loadTensorflowBackend } from '../tensor/eager.ts';
import type { Executor } from '../tensor/program.ts';
import { defaultDataDir } from './projects/data-dir.ts';

export type { JobSnapshot } from '../jobs/run-job.ts';

/** Where programs run: an execution provider of ONNX Runtime, or TensorFlow's own CUDA build where it is installed. */
export type Device = Provider | 'tensorflow';

export interface WorkspaceOptions {
  readonly projectPath: string;
  /** Make the project where there is none. */
  readonly create?: boolean;
  readonly readonly?: boolean;
  /** Beside a workspace of this process on the same project, for another thread. */
  readonly joined?: boolean;
  readonly signal?: AbortSignal;
  readonly onJob?: (snapshot: JobSnapshot) => void;
  /** Something a person should know that stops nothing. */
  readonly onWarning?: (message: string) => void;
  readonly device?: Device;
  /** Of the pixel cache; the user's cache folder unless told. */
  readonly cacheDir?: string;
  /** Where the app keeps what belongs to no single project; the user's unless told. */
  readonly dataDir?: string;
  /** Between two checkpoints of a training; 30 unless told. */
  readonly checkpointEverySeconds?: number;
}

/** Most bytes of decoded pixels on disk. */
const cacheBytes = 4 * 2 ** 30;
/** Images asked of the decoding threads at a time: enough to last while the network computes a batch. */
export const numQueued = 64;
/** A crash loses this much of a training, and a checkpoint of a large network takes a second to write. */
const checkpointEverySeconds = 30;

/** The folder for what can be made again, as each system has it. */
export function defaultCacheDir(): string {
  if (env['ACCLIMATE_CACHE'] !== undefined && env['ACCLIMATE_CACHE'] !== '') return env['ACCLIMATE_CACHE'];
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? tmpdir(), 'Acclimate', 'Cache');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'Acclimate');
  return join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'acclimate');
}

async function createExecutor(device: Device): Promise<Executor> {
  if (device !== 'tensorflow') return createCompiledExecutor({ provider: device });
  if (await loadTensorflowBackend()) return createEagerExecutor('tensorflow');
  throw new AppError(
    'unsupported',
    'TensorFlow for the GPU is not installed here. Leave out the device, or install @tensorflow/tfjs-node-gpu.',
  );
}

export class Workspace {
  readonly project: Project;
  readonly signal: AbortSignal;
  readonly warn: (message: string) => void;
  readonly checkpointEverySeconds: number;
  readonly #options: WorkspaceOptions;
  readonly decoders = new DecodePool();
  #cache: PixelCache | null = null;
  #executor: Promise<Executor> | null = null;

  constructor(project: Project, options: WorkspaceOptions) {
    this.project = project;
    this.signal = options.signal ?? new AbortController().signal;
    this.warn = options.onWarning ?? (() => undefined);
    this.checkpointEverySeconds = options.checkpointEverySeconds ?? checkpointEverySeconds;
    this.#options = options;
  }

  /** Folders of the app itself, whose pictures are nobody's to import. */
  get ownFolders(): readonly string[] {
    return [this.#options.dataDir ?? defaultDataDir(), this.#options.cacheDir ?? defaultCacheDir()];
  }

  /** Opened when first needed. */
  get cache(): PixelCache {
    this.#cache ??= PixelCache.open(this.#options.cacheDir ?? defaultCacheDir(), {
      maxBytes: cacheBytes,
      onWarning: this.warn,
      read: this.decoders.read,
      numParallel: numQueued,
    });
    return this.#cache;
  }

  /** Made when first needed: loading a runtime takes a while and most commands train nothing. */
  executor(): Promise<Executor> {
    this.#executor ??= createExecutor(this.#options.device ?? 'cpu');
    return this.#executor;
  }

  /** Runs `work` as a job of this project. */
  async job<Result>(command: JobCommand, work: (context: JobContext) => Promise<Result> | Result): Promise<Result> {
    return await runJob(this.project, command, work, {
      signal: this.signal,
      ...(this.#options.onJob && { onSnapshot: this.#options.onJob }),
    });
  }

  /** The result of the newest job of this kind with these parameters, if it succeeded. */
  finished(kind: string, params: unknown): unknown {
    const job = this.project.jobs.findCommand(kind, params);
    return job?.state.status === 'succeeded' ? job.state.result : undefined;
  }

  close(): void {
    void this.decoders.close();
    this.#cache?.close();
    this.project.close();
  }
}

/** Opens a project to work with; the caller closes it. Throws what opening the file throws. */
export function openWorkspace(options: WorkspaceOptions): Workspace {
  const { projectPath, create = false, readonly = false, joined = false } = options;
  prepareDecoder();
  const project = create && !existsSync(projectPath) ? createProject(projectPath) : openProject(projectPath, { readonly, joined });
  if (project.backupPath !== null)
    options.onWarning?.(`The project was brought up to date; the file as it was is kept at ${project.backupPath}.`);
  return new Workspace(project, options);
}

/** The reason to abort with when the program is asked to end: jobs stop at a checkpoint and go on next time. */
export function interruption(): Error {
  return new Interruption();
}
