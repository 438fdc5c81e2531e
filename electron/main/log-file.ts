/** A log that stays small: when it is full it becomes the previous one, and the one before that goes. */
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const maxBytes = 2 ** 20;

export class LogFile {
  readonly path: string;
  readonly #now: () => Date;
  #numBytes: number;

  /** Makes the folder. */
  constructor(path: string, options: { readonly now?: () => Date } = {}) {
    this.path = path;
    this.#now = options.now ?? (() => new Date());
    mkdirSync(dirname(path), { recursive: true });
    this.#numBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Adds a line with the time. A disk that refuses is no reason to stop the app. */
  write(text: string): void {
    const line = `${this.#now().toISOString()} ${text.trimEnd()}\n`;
    try {
      if (this.#numBytes > maxBytes) {
        renameSync(this.path, `${this.path}.1`);
        this.#numBytes = 0;
      }
      appendFileSync(this.path, line);
      this.#numBytes += Buffer.byteLength(line);
    } catch {
      // Nowhere to say so.
    }
  }
}
