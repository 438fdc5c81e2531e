/** Small JSON files that may be lost without harm: written whole or not at all, and damage reads as nothing. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { AppError } from '../../contract/errors.ts';

export class JsonFile<Value> {
  readonly #path: string;
  readonly #schema: z.ZodType<Value>;
  readonly #empty: Value;

  constructor(path: string, schema: z.ZodType<Value>, empty: Value) {
    this.#path = path;
    this.#schema = schema;
    this.#empty = empty;
  }

  /** What the file holds; what it would hold at first where it is missing, damaged or of another version. */
  read(): Value {
    try {
      const parsed = this.#schema.safeParse(JSON.parse(readFileSync(this.#path, 'utf8')));
      return parsed.success ? parsed.data : this.#empty;
    } catch {
      return this.#empty;
    }
  }

  /** Replaces the file. Throws `io` where the disk refuses. */
  write(value: Value): void {
    const partial = `${this.#path}.partial`;
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      writeFileSync(partial, JSON.stringify(value, null, 1));
      renameSync(partial, this.#path);
    } catch (cause) {
      rmSync(partial, { force: true });
      throw new AppError('io', `${this.#path} could not be written. Free some space, or check that you may write there.`, { cause });
    }
  }
}
