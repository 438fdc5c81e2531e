/** Which key lies in which of a fixed number of slots; the one used least recently makes room. */
export class Slots {
  readonly #numSlots: number;
  /** In the order of use, the oldest first. */
  readonly #slots = new Map<number, number>();

  constructor(numSlots: number) {
    this.#numSlots = numSlots;
  }

  /** The slot of a key, which counts as use; undefined where it has none. */
  get(key: number): number | undefined {
    const slot = this.#slots.get(key);
    if (slot !== undefined) {
      this.#slots.delete(key);
      this.#slots.set(key, slot);
    }
    return slot;
  }

  /** A slot for a key, taken from the oldest one if all are full; `evicted` is the key that lost it. */
  put(key: number): { readonly slot: number; readonly evicted: number | null } {
    const known = this.get(key);
    if (known !== undefined) return { slot: known, evicted: null };
    const oldest = this.#slots.size < this.#numSlots ? undefined : this.#slots.entries().next().value;
    if (oldest === undefined) {
      this.#slots.set(key, this.#slots.size);
      return { slot: this.#slots.size - 1, evicted: null };
    }
    const [evicted, slot] = oldest;
    this.#slots.delete(evicted);
    this.#slots.set(key, slot);
    return { slot, evicted };
  }

  clear(): void {
    this.#slots.clear();
  }
}
