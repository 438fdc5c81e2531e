/** Which images are selected, in the manner of file managers: click, ctrl-click, shift-click. */
export class Selection {
  #ids = $state.raw<ReadonlySet<number>>(new Set());
  /** Where a range starts. */
  #anchor: number | null = null;
  /** The image the keyboard is at. */
  cursor = $state<number | null>(null);

  get ids(): ReadonlySet<number> {
    return this.#ids;
  }

  get size(): number {
    return this.#ids.size;
  }

  has(id: number): boolean {
    return this.#ids.has(id);
  }

  /** Only this one. */
  only(id: number): void {
    this.#ids = new Set([id]);
    this.#anchor = id;
    this.cursor = id;
  }

  toggle(id: number): void {
    const next = new Set(this.#ids);
    if (!next.delete(id)) next.add(id);
    this.#ids = next;
    this.#anchor = id;
    this.cursor = id;
  }

  /** From the anchor to `id` in the order shown, in place of the selection or, with `add`, beside it. */
  extendTo(id: number, order: Int32Array, add = false): void {
    const from = order.indexOf(this.#anchor ?? id);
    const to = order.indexOf(id);
    if (from < 0 || to < 0) {
      this.only(id);
      return;
    }
    const range = order.subarray(Math.min(from, to), Math.max(from, to) + 1);
    this.#ids = new Set(add ? [...this.#ids, ...range] : range);
    this.cursor = id;
  }

  set(ids: Iterable<number>): void {
    this.#ids = new Set(ids);
    this.#anchor = null;
  }

  add(ids: Iterable<number>): void {
    this.#ids = new Set([...this.#ids, ...ids]);
  }

  /** Drops what is no longer there. */
  keepOnly(isThere: (id: number) => boolean): void {
    const kept = [...this.#ids].filter(isThere);
    if (kept.length !== this.#ids.size) this.#ids = new Set(kept);
  }

  clear(): void {
    this.#ids = new Set();
    this.#anchor = null;
  }
}
