/** Which points are drawn as pictures, and how far each has faded in. */
import type { PointRenderer, Rgb, Tile } from '../../lib/webgl/frame.ts';
import type { Bounds, Point } from './camera.ts';
import { pointFlags } from './colouring.ts';
import type { SpatialIndex } from './spatial-index.ts';
import { chooseThumbnails } from './thumbnails.ts';
import { TileLoader } from './tile-loader.ts';

const fadeMs = 200;
const maxShown = 420;

interface PictureOptions {
  readonly urlOf: (imageId: number) => string;
  /** After a picture came. */
  readonly onLoad: () => void;
  readonly isMotionReduced: () => boolean;
  /** Replaced in tests. */
  readonly load?: (url: string) => Promise<ImageBitmap>;
}

/** The points as they are drawn now. */
export interface PicturedPoints {
  readonly ids: Int32Array;
  readonly index: SpatialIndex;
  /** Bits of `pointFlags`. */
  readonly flags: Uint8Array;
  readonly colorOf: (point: number) => Rgb;
}

export interface PictureView {
  readonly bounds: Bounds;
  readonly scale: number;
  readonly tilePx: number;
  /** How visible pictures are at this scale, 0 to 1. */
  readonly share: number;
  /** While points move, the same ones stay pictures. */
  readonly isMorphing: boolean;
}

export class MapPictures {
  readonly #options: PictureOptions;
  readonly #fadeStarts = new Map<number, number>();
  #loader: TileLoader | null = null;
  #numSlots = 0;
  #chosen: readonly number[] = [];

  constructor(options: PictureOptions) {
    this.#options = options;
  }

  /** Keeps pictures with this renderer from now on. One that lost its context has none of them any more: all are fetched again. */
  attach(renderer: PointRenderer | null): void {
    const { urlOf, onLoad, load } = this.#options;
    this.#loader?.dispose();
    this.#fadeStarts.clear();
    this.#numSlots = renderer?.numSlots ?? 0;
    this.#loader =
      renderer === null
        ? null
        : new TileLoader({
            numSlots: renderer.numSlots,
            urlOf,
            onLoad: (slot, picture) => {
              renderer.setTile(slot, picture);
              onLoad();
            },
            ...(load === undefined ? {} : { load }),
          });
  }

  /** The points are others now. */
  forget(): void {
    this.#chosen = [];
    this.#fadeStarts.clear();
  }

  /** What is drawn as a picture in this view; asks for those that are not there yet. */
  tiles({ ids, index, flags, colorOf }: PicturedPoints, view: PictureView, now: number): Tile[] {
    const loader = this.#loader;
    if (view.share === 0 || loader === null) {
      this.forget();
      return [];
    }
    if (!view.isMorphing) {
      this.#chosen = chooseThumbnails(index, {
        bounds: view.bounds,
        side: (view.tilePx + 3) / view.scale,
        maxCount: Math.min(maxShown, Math.floor(this.#numSlots * 0.7)),
        kept: new Set(this.#chosen),
        maxCrowd: 24,
        isSkipped: (i) => ((flags[i] ?? 0) & pointFlags.hidden) !== 0,
      });
      loader.want(this.#chosen.map((i) => ids[i] ?? 0));
    }
    const chosen = new Set(this.#chosen);
    for (const point of this.#fadeStarts.keys()) if (!chosen.has(point)) this.#fadeStarts.delete(point);
    const tiles: Tile[] = [];
    for (const point of this.#chosen) {
      const slot = loader.slotOf(ids[point] ?? 0);
      if (slot === undefined) continue;
      const startedAt = this.#fadeStarts.get(point) ?? now;
      this.#fadeStarts.set(point, startedAt);
      const flag = flags[point] ?? 0;
      tiles.push({
        point,
        slot,
        alpha: view.share * (this.#options.isMotionReduced() ? 1 : Math.min(1, (now - startedAt) / fadeMs)),
        color: colorOf(point),
        isSelected: (flag & pointFlags.selected) !== 0,
        isDimmed: (flag & pointFlags.dimmed) !== 0,
      });
    }
    return tiles;
  }

  isFading(now: number): boolean {
    return [...this.#fadeStarts.values()].some((startedAt) => now < startedAt + fadeMs);
  }

  /** The point whose picture covers a place of the map; `half` is half a picture's side in the map's units. */
  at({ x, y }: Point, { x: xs, y: ys }: SpatialIndex, half: number): number | undefined {
    return this.#chosen.find((i) => this.#fadeStarts.has(i) && Math.abs((xs[i] ?? 0) - x) <= half && Math.abs((ys[i] ?? 0) - y) <= half);
  }

  dispose(): void {
    this.#loader?.dispose();
  }
}
