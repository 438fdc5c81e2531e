/** Facts of single images, asked for in batches as they come into view and kept while they are looked at. */
import { SvelteMap } from 'svelte/reactivity';
import type { Api } from '../../electron/contract/calls.ts';
import type { ImageView } from '../../electron/contract/domain.ts';

const maxKept = 5_000;
const maxBatch = 500;

export class ImageRows {
  readonly #api: Api;
  readonly #rows = new SvelteMap<number, ImageView>();
  readonly #wanted = new Set<number>();
  #isAsking = false;
  readonly #onFailure: (error: unknown) => void;

  constructor(api: Api, onFailure: (error: unknown) => void) {
    this.#api = api;
    this.#onFailure = onFailure;
  }

  /** The image if it is known by now; asked for otherwise, and there later. Reactive. */
  get(id: number): ImageView | undefined {
    const row = this.#rows.get(id);
    if (row === undefined) this.want(id);
    return row;
  }

  /** Asks for an image that will be needed. */
  want(id: number): void {
    if (this.#wanted.has(id)) return;
    this.#wanted.add(id);
    if (!this.#isAsking) queueMicrotask(() => void this.#ask());
  }

  /** Forgets everything, since it may have changed. What is on the screen is asked for again as it is drawn. */
  reset(): void {
    this.#rows.clear();
    this.#wanted.clear();
  }

  /** Takes a change in without asking. */
  patch(id: number, change: Partial<ImageView>): void {
    const row = this.#rows.get(id);
    if (row !== undefined) this.#rows.set(id, { ...row, ...change });
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      while (this.#wanted.size > 0) {
        // The latest wishes are what is on the screen now.
        const ids = [...this.#wanted].slice(-maxBatch);
        const rows = await this.#api.call('images.rows', { ids });
        for (const id of ids) this.#wanted.delete(id);
        for (const row of rows) this.#rows.set(row.id, row);
        this.#trim();
      }
    } catch (error) {
      this.#wanted.clear();
      this.#onFailure(error);
    } finally {
      this.#isAsking = false;
    }
  }

  #trim(): void {
    let numOver = this.#rows.size - maxKept;
    for (const id of this.#rows.keys()) {
      if (numOver-- <= 0) return;
      this.#rows.delete(id);
    }
  }
}
