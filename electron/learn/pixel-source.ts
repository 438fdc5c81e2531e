/** Where the pixels come from. */

/** A folder's images as squares of one size. */
export interface PixelSource {
  readonly numImages: number;
  /** The side of the squares. */
  readonly px: number;
  /** The squares of the images at `indices`, RGB, row by row: uint8 [indices.length, px, px, 3]. */
  read(indices: Int32Array): Promise<Uint8Array>;
}
