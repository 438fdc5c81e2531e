/** Entry of the engine's process, a plain Node child. It ends in good order when told to, and when whoever started it is gone. */
import { AppError } from '../contract/errors.ts';
import type { EngineSettings, FromEngine, ToEngine } from '../contract/engine-messages.ts';
import { toWireError } from '../contract/result.ts';
import { Engine } from './engine.ts';
import { EnginePort } from './port.ts';

/** A job that reaches no checkpoint must not keep a window's process from ending. */
const closeLimitMs = 20_000;

let engine: Engine | null = null;
let port: EnginePort | null = null;
let isEnding = false;

function send(message: FromEngine): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

/** Opens what was open before. What cannot be opened any more leaves the window at its start, saying why. */
async function start({ projectPath, ...options }: EngineSettings): Promise<void> {
  if (engine !== null) throw new AppError('conflict', 'The engine has been started already.');
  const started = new Engine({ ...options, emit: (name, payload) => send({ type: 'event', name, payload } as FromEngine) });
  engine = started;
  if (projectPath !== undefined) {
    try {
      await started.call('project.open', { path: projectPath });
    } catch (error) {
      send({ type: 'event', name: 'warning.raised', payload: { message: toWireError(error).message } });
      send({ type: 'event', name: 'project.switched', payload: { path: null } });
    }
  }
  port = new EnginePort(started, send);
  send({ type: 'ready' });
}

async function end(): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  setTimeout(() => process.exit(1), closeLimitMs).unref();
  try {
    await engine?.close();
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
  process.exit(0);
}

process.on('message', (message: ToEngine) => {
  if (message.type === 'shutdown') void end();
  else if (message.type === 'start') {
    start(message.settings).catch((error: unknown) => {
      console.error(error);
      send({ type: 'failed', message: toWireError(error).message });
    });
  } else void port?.take(message);
});
process.on('disconnect', () => void end());
// The terminal sends these to every process of its group; whoever started this one says when to end.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void (process.connected || end()));
