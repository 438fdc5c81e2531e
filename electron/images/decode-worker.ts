/** A thread that reads images for a `DecodePool`: its own event loop, so decoding goes on while the main thread computes. */
import { parentPort } from 'node:worker_threads';
import type { DecodeAnswer, DecodeRequest } from './decode-pool.ts';
import { readImage } from './identify.ts';
import { prepareDecoder } from './parallel.ts';
import { ImageError } from './problem.ts';

/** One image decoding while the next is read from the disk. */
const numLanes = 2;

const queue: DecodeRequest[] = [];
let numBusy = 0;

async function answer({ id, path, options }: DecodeRequest): Promise<void> {
  const send = (message: DecodeAnswer, transfer: ArrayBuffer[] = []): void => parentPort?.postMessage(message, transfer);
  try {
    const facts = await readImage(path, options);
    // Small results of sharp share a pool of memory that must not be given away.
    const square = facts.square?.slice();
    send({ id, facts: square === undefined ? facts : { ...facts, square } }, square === undefined ? [] : [square.buffer]);
  } catch (error) {
    if (error instanceof ImageError) send({ id, problem: error.problem });
    else send({ id, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

async function work(): Promise<void> {
  if (numBusy >= numLanes) return;
  numBusy++;
  for (let request = queue.shift(); request !== undefined; request = queue.shift()) await answer(request);
  numBusy--;
}

prepareDecoder();
parentPort?.on('message', (request: DecodeRequest) => {
  queue.push(request);
  void work();
});
