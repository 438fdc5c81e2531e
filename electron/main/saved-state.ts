/** A small JSON file of what is remembered for convenience: one that is missing or broken counts as empty. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export class SavedState {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  read(): unknown {
    try {
      return JSON.parse(readFileSync(this.#path, 'utf8'));
    } catch {
      return null;
    }
  }

  /** Whole or not at all. Not being able to is no failure that a person should hear of. */
  write(value: unknown): void {
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      writeFileSync(`${this.#path}.new`, JSON.stringify(value));
      renameSync(`${this.#path}.new`, this.#path);
    } catch {
      // The window will open in the middle next time.
    }
  }
}
