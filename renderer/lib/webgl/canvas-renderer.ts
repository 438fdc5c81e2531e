/** Draws the same map on a plain 2D canvas, for machines without WebGL2: slower, but all there. */
import type { Frame, PointRenderer } from './frame.ts';
import { tileSide } from './frame.ts';

export class CanvasRenderer implements PointRenderer {
  readonly numSlots = 256;
  readonly #context: CanvasRenderingContext2D;
  #from: Float32Array = new Float32Array();
  #to: Float32Array = new Float32Array();
  #categories: Uint16Array = new Uint16Array();
  #colors: string[] = [];
  #flags: Uint8Array = new Uint8Array();
  readonly #tiles = new Map<number, ImageBitmap>();

  constructor(context: CanvasRenderingContext2D) {
    this.#context = context;
  }

  setPositions(from: Float32Array, to: Float32Array): void {
    this.#from = from;
    this.#to = to;
  }

  setCategories(categories: Uint16Array, palette: Uint8Array): void {
    this.#categories = categories;
    this.#colors = Array.from({ length: palette.length / 4 }, (_, i) => `rgb(${palette.subarray(4 * i, 4 * i + 3).join(' ')})`);
  }

  setFlags(flags: Uint8Array): void {
    this.#flags = flags;
  }

  setTile(slot: number, image: ImageBitmap): void {
    this.#tiles.set(slot, image);
  }

  draw(frame: Frame): void {
    const context = this.#context;
    const { pixelRatio, width, height } = frame;
    context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
    context.globalAlpha = 1;
    context.fillStyle = css(frame.background);
    context.fillRect(0, 0, width, height);
    const isAnySelected = this.#flags.some((flag) => (flag & 1) === 1);
    this.#drawDots(frame, false);
    if (isAnySelected) this.#drawDots(frame, true);
    for (const tile of frame.tiles) {
      const image = this.#tiles.get(tile.slot);
      if (image === undefined) continue;
      const { x, y } = this.#place(frame, tile.point);
      const side = frame.tilePx;
      context.globalAlpha = tile.alpha * (tile.isDimmed ? 0.18 : 1);
      context.fillStyle = css(tile.isSelected ? frame.ring : tile.color);
      context.fillRect(x - side / 2, y - side / 2, side, side);
      context.drawImage(image, 0, 0, tileSide, tileSide, x - side / 2 + 2, y - side / 2 + 2, side - 4, side - 4);
    }
  }

  #place({ camera, width, height, progress }: Frame, point: number): { x: number; y: number } {
    const at = 2 * point;
    const t = progress * progress * (3 - 2 * progress);
    const x = (this.#from[at] ?? 0) * (1 - t) + (this.#to[at] ?? 0) * t;
    const y = (this.#from[at + 1] ?? 0) * (1 - t) + (this.#to[at + 1] ?? 0) * t;
    return { x: width / 2 + (x - camera.x) * camera.scale, y: height / 2 - (y - camera.y) * camera.scale };
  }

  #drawDots(frame: Frame, selected: boolean): void {
    const context = this.#context;
    const radius = frame.radiusPx * (selected ? 1.25 : 1);
    const step = selected ? 1 : frame.stride;
    for (let i = 0; i < this.#to.length / 2; i += step) {
      const flag = this.#flags[i] ?? 0;
      if (((flag & 1) === 1) !== selected || (flag & 4) !== 0) continue;
      const { x, y } = this.#place(frame, i);
      if (x < -radius || y < -radius || x > frame.width + radius || y > frame.height + radius) continue;
      if (selected) {
        context.globalAlpha = 1;
        context.fillStyle = css(frame.ring);
        context.fillRect(x - radius - 1, y - radius - 1, 2 * radius + 2, 2 * radius + 2);
      }
      context.globalAlpha = selected ? 1 : frame.alpha * ((flag & 2) === 0 ? frame.restAlpha : 0.16);
      context.fillStyle = this.#colors[this.#categories[i] ?? 0] ?? '#888888';
      context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
    }
  }

  dispose(): void {
    this.#tiles.clear();
  }
}

function css(color: readonly [number, number, number]): string {
  return `rgb(${color.map((channel) => Math.round(255 * channel)).join(' ')})`;
}
