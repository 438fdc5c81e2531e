/**
 * Keeps an engine running. A driver or a native library can take its process down; then it is started again with the project that was open. What
 * was asked of the one that ended is answered with an error, since whether it was done is not known; what is asked meanwhile waits.
 */
import type { ConnectionState, ImageVariant } from '../contract/bridge.ts';
import type { EngineEvent, EngineHealth, EnginePicture, EngineSettings, FromEngine, ToEngine } from '../contract/engine-messages.ts';
import { AppError } from '../contract/errors.ts';
import { unwrap } from '../contract/result.ts';
import type { Result } from '../contract/result.ts';

/** The part of a child process that is needed; `fork` returns one. */
export interface EngineProcess {
  readonly connected: boolean;
  send(message: ToEngine, callback: (error: Error | null) => void): unknown;
  kill(signal: 'SIGKILL'): unknown;
  on(event: 'message', listener: (message: FromEngine) => void): unknown;
  once(event: 'exit', listener: (code: number | null, signal: string | null) => void): unknown;
  once(event: 'error', listener: (error: Error) => void): unknown;
}

export interface SupervisorOptions {
  readonly spawn: () => EngineProcess;
  readonly settings: EngineSettings;
  readonly onEvent: (event: EngineEvent) => void;
  readonly onConnection: (state: ConnectionState) => void;
  readonly log: (line: string) => void;
  /** Where to read what the engine said last, for the message of one that cannot be kept running. */
  readonly logPath: string;
  readonly nowMs?: () => number;
  /** Waits before the first, second, ... start after a crash; as many quick crashes as there are waits are put up with. */
  readonly backOffMs?: readonly number[];
  /** One that ran this long counts as having worked. */
  readonly quickMs?: number;
  /** How long one may take to end in good order before it is killed. */
  readonly stopLimitMs?: number;
}

interface Pending {
  readonly resolve: (result: Result<unknown>) => void;
  readonly reject: (error: Error) => void;
}

type Request = { readonly type: 'call'; readonly name: string; readonly input: unknown } | ImageRequest | { readonly type: 'health' };
interface ImageRequest {
  readonly type: 'image';
  readonly imageId: number;
  readonly variant: ImageVariant;
}

const cutOff = 'The engine ended before it answered. Nothing that was saved is lost; please try again.';

export class EngineSupervisor {
  readonly #options: SupervisorOptions;
  readonly #pending = new Map<number, Pending>();
  /** Requests wait for the state to settle. */
  #waiting: (() => void)[] = [];
  #child: EngineProcess | null = null;
  #state: ConnectionState = { status: 'connecting' };
  #projectPath: string | undefined;
  #nextId = 1;
  #numQuickCrashes = 0;
  #startedMs = 0;
  #restart: NodeJS.Timeout | null = null;
  #stopped: Promise<void> | null = null;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#projectPath = options.settings.projectPath;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** The project that is open, and opened again after a crash. */
  get projectPath(): string | null {
    return this.#projectPath ?? null;
  }

  /** Whether it was stopped for good and has ended. */
  get isStopped(): boolean {
    return this.#stopped !== null && this.#child === null;
  }

  /** Starts the engine; also again after it was lost. */
  start(): void {
    if (this.#child !== null || this.#restart !== null || this.#stopped !== null) return;
    this.#numQuickCrashes = 0;
    this.#become({ status: 'connecting' });
    this.#spawn();
  }

  /** Makes a call. Rejects with the engine's `AppError`, or with 'io' where the engine ended meanwhile or cannot be started. */
  async call(name: string, input: unknown): Promise<unknown> {
    return unwrap(await this.#request({ type: 'call', name, input }));
  }

  /** A picture's bytes. Rejects as `call` does, and with an 'AbortError' once the signal has aborted. */
  async image(imageId: number, variant: ImageVariant, signal?: AbortSignal): Promise<EnginePicture> {
    return unwrap(await this.#request({ type: 'image', imageId, variant }, signal)) as EnginePicture;
  }

  async health(): Promise<EngineHealth> {
    return unwrap(await this.#request({ type: 'health' })) as EngineHealth;
  }

  /** Ends the engine in good order: jobs stop at a checkpoint, the project is closed. One that takes too long is killed. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #end(): Promise<void> {
    if (this.#restart !== null) clearTimeout(this.#restart);
    this.#restart = null;
    const child = this.#child;
    if (child === null) {
      this.#refuseAll('The app is closing.');
      return;
    }
    await new Promise<void>((resolve) => {
      const limit = setTimeout(() => {
        this.#options.log('The engine did not end in time and was killed.');
        child.kill('SIGKILL');
      }, this.#options.stopLimitMs ?? 15_000);
      child.once('exit', () => {
        clearTimeout(limit);
        resolve();
      });
      this.#send(child, { type: 'shutdown' });
    });
  }

  #spawn(): void {
    this.#restart = null;
    this.#startedMs = this.#nowMs();
    const child = this.#options.spawn();
    this.#child = child;
    child.on('message', (message) => {
      if (child === this.#child) this.#take(message);
    });
    child.once('exit', (code, signal) => this.#ended(child, signal ?? `code ${code ?? '?'}`));
    child.once('error', (error) => this.#ended(child, error.message));
    const { settings } = this.#options;
    this.#send(child, { type: 'start', settings: { ...settings, projectPath: this.#projectPath } });
  }

  #take(message: FromEngine): void {
    switch (message.type) {
      case 'ready':
        this.#become({ status: 'connected' });
        break;
      case 'failed':
        this.#options.log(`The engine cannot start: ${message.message}`);
        this.#child?.kill('SIGKILL');
        break;
      case 'answer':
        this.#pending.get(message.id)?.resolve(message.result);
        this.#pending.delete(message.id);
        break;
      case 'event': {
        if (message.name === 'project.switched') this.#projectPath = message.payload.path ?? undefined;
        this.#options.onEvent(message);
        break;
      }
      default:
        message satisfies never;
    }
  }

  #ended(child: EngineProcess, how: string): void {
    if (child !== this.#child) return;
    this.#child = null;
    for (const { reject } of this.#pending.values()) reject(new AppError('io', cutOff));
    this.#pending.clear();
    if (this.#stopped !== null) {
      this.#refuseAll('The app is closing.');
      return;
    }
    this.#options.log(`The engine ended unexpectedly (${how}).`);
    const backOffMs = this.#options.backOffMs ?? [100, 500, 1000, 2000, 5000];
    const wasQuick = this.#nowMs() - this.#startedMs < (this.#options.quickMs ?? 60_000);
    this.#numQuickCrashes = wasQuick ? this.#numQuickCrashes + 1 : 1;
    const waitMs = backOffMs[this.#numQuickCrashes - 1];
    if (waitMs === undefined) {
      const message = `The engine ended ${this.#numQuickCrashes} times in a row (${how}) and is not started again by itself. Nothing that was saved is lost. Quit and open the app again; if that does not help, what happened is in ${this.#options.logPath}.`;
      this.#become({ status: 'lost', message });
      return;
    }
    this.#become({
      status: 'restarting',
      message: 'The engine ended unexpectedly and is being started again. Nothing that was saved is lost.',
    });
    this.#restart = setTimeout(() => this.#spawn(), waitMs);
  }

  async #request(request: Request, signal?: AbortSignal): Promise<Result<unknown>> {
    signal?.throwIfAborted();
    while (this.#state.status !== 'connected') {
      if (this.#stopped !== null) throw new AppError('io', 'The app is closing.');
      if (this.#state.status === 'lost') throw new AppError('io', this.#state.message);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      signal?.throwIfAborted();
    }
    const child = this.#child;
    if (child === null) throw new AppError('io', cutOff);
    const id = this.#nextId++;
    const onAbort = (): void => this.#send(child, { type: 'abort', id });
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await new Promise((resolve, reject) => {
        this.#pending.set(id, { resolve, reject });
        this.#send(child, { ...request, id });
      });
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** A child that has just ended cannot be told; that it ended is noticed on its own. */
  #send(child: EngineProcess, message: ToEngine): void {
    if (child.connected) child.send(message, () => undefined);
  }

  #become(state: ConnectionState): void {
    this.#state = state;
    this.#options.onConnection(state);
    if (state.status === 'connected' || state.status === 'lost') this.#wake();
  }

  #refuseAll(reason: string): void {
    this.#state = { status: 'lost', message: reason };
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  #nowMs(): number {
    return (this.#options.nowMs ?? (() => performance.now()))();
  }
}
