/** The process that serves: the engine and the server before it. It is told what to do by whoever started it, and ends with them. */
import { AppError } from '../contract/errors.ts';
import { toWireError } from '../contract/result.ts';
import type { Emit } from '../contract/events.ts';
import { Engine } from '../engine/engine.ts';
import { readStaticFiles } from '../window-files/static-files.ts';
import { startServer } from './server.ts';
import type { RunningServer } from './server.ts';
import type { ServedEngine } from './served-engine.ts';
import type { FromServing, ServeSettings, ToServing } from './supervise.ts';

/** A job that reaches no checkpoint must not keep the process from ending. */
const closeLimitMs = 20_000;

let engine: Engine | null = null;
let server: RunningServer | null = null;
let isEnding = false;

function tell(message: FromServing): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

const emit: Emit = (name, payload) => {
  // What was open is opened again by the next process, should this one end unexpectedly.
  if (name === 'project.switched') tell({ type: 'switched', projectPath: (payload as { readonly path: string | null }).path });
  server?.emit(name, payload);
};

async function start({ projectPath, isFirst, ...settings }: ServeSettings): Promise<void> {
  const { root, dataDir, device, windowDir, checkpointSeconds } = settings;
  const started = new Engine({
    root,
    emit,
    device,
    ...(dataDir !== null && { dataDir }),
    ...(checkpointSeconds !== null && { checkpointEverySeconds: checkpointSeconds }),
  });
  engine = started;
  if (projectPath !== null) {
    try {
      await started.call('project.open', { path: projectPath });
    } catch (error) {
      // The window shows its start instead, unless somebody is there who asked for this project.
      if (isFirst) throw error;
      tell({ type: 'switched', projectPath: null });
    }
  }
  const served: ServedEngine = {
    call: (name, input) => started.call(name, input),
    image: (id, variant, options) => started.image(id, variant, options),
    // They belong to a project.
    jobs: () => (started.health().projectPath === null ? [] : started.jobs()),
  };
  server = await startServer({ ...settings, engine: served, files: readStaticFiles(windowDir) });
  tell({ type: 'listening', port: server.port });
}

async function end(code: number): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  setTimeout(() => process.exit(1), closeLimitMs).unref();
  try {
    await Promise.all([server?.close(), engine?.close()]);
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
  process.exit(code);
}

process.on('message', (message: ToServing) => {
  if (message.type === 'stop') void end(0);
  else {
    start(message.settings).catch((error: unknown) => {
      if (!(error instanceof AppError)) console.error(error);
      tell({ type: 'failed', message: toWireError(error).message });
      void end(1);
    });
  }
});
process.on('disconnect', () => void end(0));
// The terminal sends these to every process of its group; whoever started this one says when to end.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void (process.connected || end(0)));
