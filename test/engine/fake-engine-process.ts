/** Stands in for the engine's process: answers health and calls that tell it what to do. */
import type { FromEngine, ToEngine } from '../../electron/contract/engine-messages.ts';

const send = (message: FromEngine): void => void process.send?.(message);
let projectPath: string | null = null;

process.on('message', (message: ToEngine) => {
  if (message.type === 'start') {
    projectPath = message.settings.projectPath ?? null;
    if (process.env['FAKE_CRASHES'] === '1') process.exit(3);
    send({ type: 'ready' });
  } else if (message.type === 'shutdown') process.exit(0);
  else if (message.type === 'health') {
    send({
      type: 'answer',
      id: message.id,
      result: { ok: true, value: { version: String(process.pid), node: process.version, projectPath } },
    });
  } else if (message.type === 'call' && message.name === 'project.open') {
    const { path } = message.input as { path: string };
    send({ type: 'event', name: 'project.switched', payload: { path } });
    send({ type: 'answer', id: message.id, result: { ok: true, value: Int32Array.of(1, 2, 3) } });
  } else if (message.type === 'call' && message.name === 'app.view') {
    send({ type: 'answer', id: message.id, result: { ok: false, error: { code: 'conflict', message: 'no', details: {} } } });
  }
  // Any other call stays unanswered.
});
