/** Bodies of requests, read as far as they are allowed to be long. */
import type { IncomingMessage } from 'node:http';

const MiB = 2 ** 20;
const usualLimit = MiB;
/** Calls whose inputs are long by nature: the text of a file of labels, and the ids of every image of a large project. */
const longerLimits: ReadonlyMap<string, number> = new Map([
  // JSON doubles line breaks and quotation marks.
  ['labels.importFile', 64 * MiB],
  ['labels.assign', 12 * MiB],
  ['labels.clear', 12 * MiB],
  ['images.exclude', 12 * MiB],
  ['images.query', 12 * MiB],
]);

/** Most bytes that the body of a call may have. */
export function bodyLimit(callName: string): number {
  return longerLimits.get(callName) ?? usualLimit;
}

/** The body, or null where it is longer than `limit` bytes: then the rest is left unread. Throws where the connection ends early. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array | null> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return null;
  const chunks: Buffer[] = [];
  let numBytes = 0;
  return await new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      numBytes += chunk.length;
      if (numBytes > limit) {
        request.pause();
        request.removeAllListeners('data');
        resolve(null);
        return;
      }
      chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
    request.once('close', () => reject(new Error('The connection ended before the request did.')));
  });
}
