import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { ComputeQueue } from '../../electron/services/compute/compute-queue.ts';

const silent = (): Worker => new Worker("require('node:worker_threads').parentPort.on('message', () => {})", { eval: true });
const setup = { projectPath: '/nowhere' };

describe('the queue of the computing thread', () => {
  it('answers what still waits for its turn when the project is closed', async () => {
    const queue = new ComputeQueue({ onNews: () => undefined, onEnded: () => undefined }, silent);
    queue.add({ jobId: 1, kind: 'import', request: {}, setup });
    const waiting = queue.task('measure', undefined as never, setup, { inOrder: true });
    const refused = expect(waiting).rejects.toMatchObject({ code: 'conflict', message: 'The project was closed.' });
    await queue.close();
    await refused;
    expect(queue.isIdle).toBe(true);
  });
});
