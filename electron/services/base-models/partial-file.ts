/** A download that is not complete: the bytes so far, and beside them what tells whether the server still offers the same file. */
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { JsonFile } from '../projects/json-file.ts';

const noteSchema = z.object({
  address: z.string(),
  /** A strong entity tag or a date, for If-Range; null where the server gave neither. */
  validator: z.string().nullable(),
  totalBytes: z.number().int().nonnegative().nullable(),
});

export type PartialNote = z.infer<typeof noteSchema>;

const nothing: PartialNote = { address: '', validator: null, totalBytes: null };

export class PartialFile {
  readonly path: string;
  readonly #note: JsonFile<PartialNote>;

  constructor(path: string) {
    this.path = path;
    this.#note = new JsonFile(`${path}.json`, noteSchema, nothing);
  }

  get numBytes(): number {
    return existsSync(this.path) ? statSync(this.path).size : 0;
  }

  /** What was noted of the download from there; null where it was none or from elsewhere. */
  note(address: string): PartialNote | null {
    const note = this.#note.read();
    return note.address === address && this.numBytes > 0 ? note : null;
  }

  /** Throws `io`. */
  write(note: PartialNote): void {
    mkdirSync(dirname(this.path), { recursive: true });
    this.#note.write(note);
  }

  /** Forgets what was downloaded. */
  discard(): void {
    rmSync(this.path, { force: true });
    this.forget();
  }

  /** Forgets the note alone: the file is complete and goes elsewhere. */
  forget(): void {
    rmSync(`${this.path}.json`, { force: true });
  }
}
