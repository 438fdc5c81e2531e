/** Where a weights file came from, kept beside it: the licence for people, and the checksum that it must still have when it is used. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../contract/errors.ts';
import { JsonFile } from '../projects/json-file.ts';

const schema = z.object({
  address: z.string(),
  source: z.string(),
  license: z.string(),
  sizeBytes: z.number().int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Whether the checksum was known before the download, or is that of the first one. */
  wasExpected: z.boolean(),
  downloadedAt: z.number(),
});

export type Provenance = z.infer<typeof schema>;

function fileOf(weightsPath: string): JsonFile<Provenance | null> {
  return new JsonFile(`${weightsPath}.source.json`, schema.nullable(), null);
}

/** Null for a file that was not downloaded by the app. */
export function provenanceOf(weightsPath: string): Provenance | null {
  return fileOf(weightsPath).read();
}

/** Throws `io`. */
export function noteProvenance(weightsPath: string, provenance: Provenance): void {
  fileOf(weightsPath).write(provenance);
}

/** Throws `mismatch` where a downloaded file no longer has the checksum it had then. */
export function checkUnchanged(weightsPath: string, bytes: Uint8Array): void {
  const known = provenanceOf(weightsPath);
  if (known === null || createHash('sha256').update(bytes).digest('hex') === known.sha256) return;
  throw new AppError(
    'mismatch',
    `${basename(weightsPath)} has changed since it was downloaded. Delete it and download it again; if you replaced it on purpose, delete ${basename(weightsPath)}.source.json beside it.`,
  );
}
