import sharp from 'sharp';
import { availableParallelism } from 'node:os';

/**
 * Sets sharp up for many images at a time; for a process to call once when it starts. One libvips thread per image, because several images in
 * parallel use the cores better than several threads per image, and no cache of operations, because no image is decoded the same way twice.
 */
export function prepareDecoder(): void {
  sharp.concurrency(1);
  sharp.cache(false);
}

/**
 * How many images to decode at a time: one per core, and one more to keep the cores busy while another waits for the disk. More than the
 * threads of libuv's pool would only wait: 4, unless the process was started with UV_THREADPOOL_SIZE, which should be set to the number of
 * cores plus one where there are more than 3.
 */
export function defaultParallelism(): number {
  const poolThreads = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4);
  return Math.max(1, Math.min(availableParallelism() + 1, poolThreads));
}

/**
 * Calls `work` for each item in order, at most `numParallel` at a time.
 *
 * @throws what the first failing `work` threw, or the signal's reason; either after the calls under way have ended
 */
export async function forEachParallel<T>(
  items: readonly T[],
  numParallel: number,
  work: (item: T, index: number) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  let next = 0;
  const failures: unknown[] = [];
  const lane = async (): Promise<void> => {
    while (next < items.length && failures.length === 0 && signal?.aborted !== true) {
      const index = next++;
      try {
        await work(items[index] as T, index);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(numParallel, items.length) }, lane));
  signal?.throwIfAborted();
  if (failures.length > 0) throw failures[0];
}
