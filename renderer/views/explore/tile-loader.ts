/** Fetches small pictures as they come into view, a few at a time, and says where they are kept. */
import { tileSide } from '../../lib/webgl/frame.ts';
import { Slots } from '../../lib/webgl/slots.ts';

const maxLoading = 6;

interface TileLoaderOptions {
  readonly numSlots: number;
  readonly urlOf: (id: number) => string;
  /** Takes the picture into its slot. */
  readonly onLoad: (slot: number, picture: ImageBitmap) => void;
  /** Replaced in tests. */
  readonly load?: (url: string) => Promise<ImageBitmap>;
}

async function loadPicture(url: string): Promise<ImageBitmap> {
  const image = new Image();
  image.decoding = 'async';
  image.src = url;
  await image.decode();
  return await createImageBitmap(image, { resizeWidth: tileSide, resizeHeight: tileSide, resizeQuality: 'medium' });
}

export class TileLoader {
  readonly #options: TileLoaderOptions;
  readonly #slots: Slots;
  readonly #load: (url: string) => Promise<ImageBitmap>;
  readonly #loading = new Set<number>();
  /** Not asked for again: the file cannot be shown. */
  readonly #failed = new Set<number>();
  #wanted: readonly number[] = [];
  #isDisposed = false;

  constructor(options: TileLoaderOptions) {
    this.#options = options;
    this.#slots = new Slots(options.numSlots);
    this.#load = options.load ?? loadPicture;
  }

  /** Where an image's picture is kept; undefined while it is not there. */
  slotOf(id: number): number | undefined {
    return this.#slots.get(id);
  }

  /** What is in view now: fetched in this order, in place of what was wanted before. */
  want(ids: readonly number[]): void {
    this.#wanted = ids;
    this.#next();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#wanted = [];
  }

  #next(): void {
    for (const id of this.#wanted) {
      if (this.#isDisposed || this.#loading.size >= maxLoading) return;
      if (this.#loading.has(id) || this.#failed.has(id) || this.#slots.get(id) !== undefined) continue;
      this.#loading.add(id);
      void this.#fetch(id);
    }
  }

  async #fetch(id: number): Promise<void> {
    try {
      const picture = await this.#load(this.#options.urlOf(id));
      if (!this.#isDisposed) this.#options.onLoad(this.#slots.put(id).slot, picture);
      picture.close();
    } catch {
      // A picture that cannot be shown stays a dot; why it cannot is told where images are listed.
      this.#failed.add(id);
    } finally {
      this.#loading.delete(id);
      this.#next();
    }
  }
}
