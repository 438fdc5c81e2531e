/** The images shown, in their order: the filter and sort, and the asking for what fits them. */
import type { ImageFilterInput } from '../../../electron/contract/calls.ts';
import type { App } from '../../state/app.svelte.ts';
import { positionOf } from '../../state/columns.ts';
import { dependsOnLabels, inGivenOrder, queryOf, sortFor, withPart } from './filter.ts';
import type { FilterPart, Sort } from './filter.ts';

const added: Sort = { by: 'added', descending: false };

export class ImageList {
  readonly #app: App;
  filter = $state.raw<ImageFilterInput>({});
  sort = $state.raw<Sort>(added);
  /** What the listed images are, where the filter lists some. */
  title = $state<string | null>(null);
  /** Null until the first answer. */
  order = $state.raw<Int32Array | null>(null);
  /** px the grid was scrolled to when one left it. */
  firstVisible = 0;
  /** The asking under way, and how often it was wanted: more often than when it asked, and it asks again. */
  #asking: Promise<void> | null = null;
  #numWanted = 0;

  constructor(app: App) {
    this.#app = app;
  }

  /** Not a derived value: those end with the view that made them, and the list is kept for the next one. */
  get count(): number {
    return this.order?.length ?? 0;
  }

  /** Counts changes of labels only where they matter here. */
  get relevantLabels(): number {
    return dependsOnLabels(this.filter, this.sort) ? this.#app.labelsVersion : 0;
  }

  /** Sets one part of the filter; undefined values take it away. */
  setPart(part: FilterPart, values: ImageFilterInput): void {
    this.filter = withPart(this.filter, part, values);
    this.sort = sortFor(this.filter, this.sort);
    if (this.filter.ids === undefined) this.title = null;
  }

  setSort(sort: Sort): void {
    this.sort = sortFor(this.filter, sort);
  }

  /** Shows what another view asks for, in the order it lists. */
  show(filter: ImageFilterInput, title: string | null): void {
    this.filter = filter;
    this.title = title;
    this.sort = filter.ids === undefined ? sortFor(filter, this.sort) : { by: 'given', descending: false };
  }

  clearFilter(): void {
    this.show({}, null);
  }

  /**
   * Asks again for what fits, at once and one question at a time; of the questions that come up meanwhile only the latest is asked, and only its
   * answer is shown. Images that are no longer shown leave the selection once something was shown.
   */
  refresh(): Promise<void> {
    this.#numWanted++;
    this.#asking ??= this.#askUntilCurrent();
    return this.#asking;
  }

  async #askUntilCurrent(): Promise<void> {
    try {
      let isCurrent = false;
      while (!isCurrent) {
        const { filter, sort } = this;
        const number = this.#numWanted;
        const answer = await this.#app.attempt('images.query', queryOf(filter, sort));
        isCurrent = number === this.#numWanted;
        if (isCurrent && answer !== undefined) this.#show(answer.ids, filter, sort);
      }
    } finally {
      this.#asking = null;
    }
  }

  #show(ids: Int32Array, filter: ImageFilterInput, sort: Sort): void {
    const isFirst = this.order === null;
    this.order = sort.by === 'given' && filter.ids !== undefined ? inGivenOrder(ids, filter.ids, sort.descending) : ids;
    if (!isFirst) this.#pruneSelection();
  }

  /** One never acts on what one does not see. */
  #pruneSelection(): void {
    const { selection } = this.#app;
    if (selection.size === 0 || this.order === null) return;
    // Only asked once, nothing is drawn from it.
    const shown = new Set(this.order);
    selection.keepOnly((id) => shown.has(id));
  }

  /** Shown images that there is something to do with: neither unreadable nor missing. */
  usable(): number[] {
    const { columns } = this.#app;
    const shown = Array.from(this.order ?? []);
    return columns === null ? shown : shown.filter((id) => columns.status[positionOf(columns.ids, id)] === 0);
  }

  indexOf(id: number | null): number {
    return id === null ? -1 : (this.order?.indexOf(id) ?? -1);
  }

  idAt(index: number): number | null {
    return this.order?.[index] ?? null;
  }
}

/**
 * The list of each window's open project, so that filter and place are found again on coming back from another view. Weak: it lives as long as
 * the window's state does.
 */
const kept = new WeakMap<App, { readonly path: string; readonly list: ImageList }>();

export function imageListOf(app: App): ImageList {
  const path = app.project?.path ?? '';
  const found = kept.get(app);
  if (found?.path === path) return found.list;
  const list = new ImageList(app);
  kept.set(app, { path, list });
  return list;
}
