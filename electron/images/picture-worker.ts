/** A thread that renders pictures for a `PicturePool`: decoding large images must not hold up the thread that answers the window. */
import { parentPort } from 'node:worker_threads';
import { prepareDecoder } from './parallel.ts';
import type { PictureAnswer, PictureRequest, PictureTask } from './picture-pool.ts';
import { ImageError } from './problem.ts';
import { readSamples, renderPicture } from './render-picture.ts';
import type { Picture, Samples } from './render-picture.ts';

function run(task: PictureTask): Promise<Picture | Samples> {
  return task.kind === 'picture' ? renderPicture(task.path, task.size) : readSamples(task.path, task.maxSide);
}

function buffersOf(result: Picture | Samples): ArrayBuffer[] {
  return 'bytes' in result ? [result.bytes.buffer] : [result.data.buffer];
}

async function answer({ id, task }: PictureRequest): Promise<void> {
  const send = (message: PictureAnswer, transfer: ArrayBuffer[] = []): void => parentPort?.postMessage(message, transfer);
  try {
    const result = await run(task);
    send({ id, result }, buffersOf(result));
  } catch (error) {
    if (error instanceof ImageError) send({ id, problem: error.problem });
    else send({ id, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

prepareDecoder();
parentPort?.on('message', (request: PictureRequest) => void answer(request));
