/** What one drawing of a map of points consists of. */

export type Rgb = readonly [number, number, number];

/** A picture drawn in place of a dot. */
export interface Tile {
  /** Index of the point. */
  readonly point: number;
  /** Where its pixels are kept. */
  readonly slot: number;
  readonly alpha: number;
  /** Border, 0 to 1 a channel. */
  readonly color: Rgb;
  readonly isSelected: boolean;
  readonly isDimmed: boolean;
}

export interface Frame {
  /** Point of the map at the middle, and px (of CSS) a unit. */
  readonly camera: { readonly x: number; readonly y: number; readonly scale: number };
  /** px of CSS. */
  readonly width: number;
  readonly height: number;
  readonly pixelRatio: number;
  /** Share of the way from the first positions to the second, 0 to 1. */
  readonly progress: number;
  /** One of so many points is drawn, and those selected where they are few: a power of 2 up to `maxStride`. */
  readonly stride: number;
  readonly radiusPx: number;
  readonly alpha: number;
  /** What unselected points are multiplied by while something is selected or dimmed, 0 to 1. */
  readonly restAlpha: number;
  readonly background: Rgb;
  /** Around selected points. */
  readonly ring: Rgb;
  readonly tiles: readonly Tile[];
  readonly tilePx: number;
}

/** What draws points. Positions are interleaved [N, 2]; every array is kept by the renderer's own copy. */
export interface PointRenderer {
  /** How many pictures can be kept. */
  readonly numSlots: number;
  setPositions(from: Float32Array, to: Float32Array): void;
  /** `palette` is RGBA bytes [C, 4], C at most `maxCategories`. */
  setCategories(categories: Uint16Array, palette: Uint8Array): void;
  /** Bits: 1 selected, 2 dimmed, 4 hidden. */
  setFlags(flags: Uint8Array): void;
  /** Keeps the picture of `slot`; its sides are `tileSide`. */
  setTile(slot: number, image: ImageBitmap): void;
  draw(frame: Frame): void;
  dispose(): void;
}

export const maxCategories = 1024;

/** WebGL takes strides of up to 255 bytes. */
export const maxStride = 16;

/** Side of a kept picture, px. */
export const tileSide = 64;
