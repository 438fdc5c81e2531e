/**
 * Keeps the serving process alive. A driver or a native library can take a process down; then it is started again on the same port with the same
 * secrets, so that an open window goes on where it was.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AppError } from '../contract/errors.ts';
import type { Secrets } from './access.ts';
import type { Binding, ServeDevice } from './options.ts';

/** What the serving process is to do; sent to it, since arguments can be read by everybody. */
export interface ServeSettings extends Binding {
  readonly port: number;
  readonly secrets: Secrets;
  readonly root: string;
  /** Null for the usual place. */
  readonly dataDir: string | null;
  readonly device: ServeDevice;
  /** To open at once, or null. */
  readonly projectPath: string | null;
  readonly windowDir: string;
  /** Between two checkpoints of a training; null for the usual time. */
  readonly checkpointSeconds: number | null;
  /** False where an earlier process has served already. */
  readonly isFirst: boolean;
}

export type ToServing = { readonly type: 'start'; readonly settings: ServeSettings } | { readonly type: 'stop' };

export type FromServing =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'switched'; readonly projectPath: string | null }
  /** It cannot serve, and trying again would not help. */
  | { readonly type: 'failed'; readonly message: string };

const maxRestarts = 5;
const withinMs = 60_000;

export interface SuperviseOptions {
  readonly settings: ServeSettings;
  /** Aborted to end the serving process in good order. */
  readonly stop: AbortSignal;
  /** Aborted to end it at once. */
  readonly kill: AbortSignal;
  readonly onListening: (port: number) => void;
  readonly onRestart: (message: string) => void;
  /** Of the serving process. */
  readonly entry?: URL;
}

/** Serves until stopped. Throws an `AppError` where it cannot start, or ends again and again. */
export async function supervise({ settings, stop, kill, onListening, onRestart, entry }: SuperviseOptions): Promise<void> {
  let next = settings;
  const endedAtMs: number[] = [];
  const onMessage = (message: FromServing): void => {
    if (message.type === 'switched') next = { ...next, projectPath: message.projectPath };
    if (message.type !== 'listening') return;
    if (next.isFirst) onListening(message.port);
    next = { ...next, isFirst: false, port: message.port, secrets: { ...next.secrets, onceToken: null } };
  };
  for (;;) {
    const ended = await serveOnce(entry ?? new URL('./serving-process.ts', import.meta.url), next, { stop, kill, onMessage });
    if (ended === null || stop.aborted) return;
    if (next.isFirst) throw new AppError('internal', `The engine could not start (${ended}). The reason is printed above.`);
    const nowMs = performance.now();
    endedAtMs.push(nowMs);
    if (endedAtMs.filter((ms) => nowMs - ms < withinMs).length > maxRestarts) {
      throw new AppError(
        'internal',
        `The engine keeps ending (${ended}). What was saved is safe; please report this with what is printed above.`,
      );
    }
    onRestart(`The engine ended unexpectedly (${ended}); starting it again. Nothing that was saved is lost.`);
  }
}

/** How the process ended; null where it was asked to. */
async function serveOnce(
  entry: URL,
  settings: ServeSettings,
  { stop, kill, onMessage }: Pick<SuperviseOptions, 'stop' | 'kill'> & { readonly onMessage: (message: FromServing) => void },
): Promise<string | null> {
  const child = fork(fileURLToPath(entry), [], { execArgv: [], serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const onStop = (): void => tell(child, { type: 'stop' });
  const onKill = (): void => void child.kill('SIGKILL');
  stop.addEventListener('abort', onStop);
  kill.addEventListener('abort', onKill);
  try {
    return await new Promise((resolve, reject) => {
      child.on('message', (message: FromServing) => {
        if (message.type === 'failed') reject(new AppError('io', message.message));
        else onMessage(message);
      });
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code === 0 ? null : (signal ?? `code ${code ?? '?'}`)));
      tell(child, { type: 'start', settings });
      if (stop.aborted) onStop();
    });
  } finally {
    stop.removeEventListener('abort', onStop);
    kill.removeEventListener('abort', onKill);
  }
}

/** A child that has just ended cannot be told any more, and need not. */
function tell(child: ChildProcess, message: ToServing): void {
  if (child.connected) child.send(message, () => undefined);
}
