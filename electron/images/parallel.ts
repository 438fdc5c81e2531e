import { availableParallelism } from 'node:os';

/**
 * How many images to decode at a time. Measured: one file per core, each on one libvips thread (sharp's default on Linux), beats several
 * threads per file; one more keeps the cores busy while another waits for the disk. libuv's pool has 4 threads unless the process was
 * started with UV_THREADPOOL_SIZE, which machines of more than 4 cores need set to their number of cores.
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
