/** The wall: an image and those most like it, from which exceptions are struck out before all others get one class. */
import type { App } from '../../state/app.svelte.ts';
import { isForTestAlone } from '../../state/columns.ts';
import { failureMessage } from '../../state/failures.ts';

/** What `images.similar` gives at most. */
const maxSimilar = 1000;
/** Asked for per image wanted: some are kept apart for testing and have no place on a wall. */
const spare = 2;

export const wallSizes = [12, 24, 36, 60] as const;
export type WallSize = (typeof wallSizes)[number];

export class LabelWall {
  /** The image first, then outward. */
  ids = $state.raw<readonly number[]>([]);
  struck = $state.raw<ReadonlySet<number>>(new Set());
  cursor = $state(0);
  size = $state<WallSize>(24);
  isLoading = $state(false);
  /** Why there is none, for instance before features exist. */
  problem = $state<string | null>(null);
  readonly #app: App;
  /** Struck out of an earlier wall: they do not belong together with their neighbours and are shown one by one. */
  readonly #exceptions = new Set<number>();
  #asked = 0;

  constructor(app: App) {
    this.#app = app;
  }

  /** Images kept apart for testing among the similar ones: they are shown and labelled one by one. */
  numLeftOut = $state(0);

  readonly kept = $derived(this.ids.filter((id) => !this.struck.has(id)));

  /** Builds the wall around an image; the last one asked for counts. `isOpen` says which images may still be labelled. */
  async load(seedId: number, isOpen: (id: number) => boolean): Promise<void> {
    const asked = ++this.#asked;
    this.isLoading = true;
    this.problem = null;
    try {
      const count = Math.min(maxSimilar, Math.ceil(spare * this.size) + this.#exceptions.size);
      const similar = await this.#app.call('images.similar', { id: seedId, count, unlabelledOnly: true });
      if (asked !== this.#asked) return;
      const { columns } = this.#app;
      const isApart = (id: number): boolean => columns !== null && isForTestAlone(columns, id);
      const open = [...similar.ids].filter((id) => id !== seedId && isOpen(id) && !this.#exceptions.has(id));
      const others = isApart(seedId) ? [] : open.filter((id) => !isApart(id));
      this.ids = [seedId, ...others.slice(0, this.size - 1)];
      this.numLeftOut = isApart(seedId) ? 0 : open.slice(0, open.indexOf(this.ids.at(-1) ?? 0) + 1).filter(isApart).length;
    } catch (error) {
      if (asked !== this.#asked) return;
      this.ids = [];
      this.numLeftOut = 0;
      this.problem = failureMessage(error);
    }
    this.struck = new Set();
    this.cursor = 0;
    this.isLoading = false;
  }

  /** Strikes an image out, or takes it in again. */
  toggle(index: number): void {
    const id = this.ids[index];
    if (id === undefined) return;
    this.cursor = index;
    const next = new Set(this.struck);
    if (!next.delete(id)) next.add(id);
    this.struck = next;
  }

  move(step: number): void {
    this.cursor = Math.max(0, Math.min(this.ids.length - 1, this.cursor + step));
  }

  /** Remembers the exceptions once the others are labelled. */
  close(): void {
    for (const id of this.struck) this.#exceptions.add(id);
  }

  forget(): void {
    this.#asked += 1;
    this.#exceptions.clear();
    this.ids = [];
    this.numLeftOut = 0;
    this.struck = new Set();
    this.problem = null;
    this.isLoading = false;
  }
}
