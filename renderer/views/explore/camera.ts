/** Where on the map one is looking. The map's y axis points up, the screen's down. */

export interface Camera {
  /** The map's point at the middle of the screen. */
  readonly x: number;
  readonly y: number;
  /** px for one unit of the map. */
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A box in the map's units. */
export interface Bounds {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

/** A point of the map in px from the upper left of the screen. */
export function toScreen(camera: Camera, size: Size, x: number, y: number): Point {
  return { x: size.width / 2 + (x - camera.x) * camera.scale, y: size.height / 2 - (y - camera.y) * camera.scale };
}

/** A place on the screen, px, as a point of the map. */
export function toMap(camera: Camera, size: Size, x: number, y: number): Point {
  return { x: camera.x + (x - size.width / 2) / camera.scale, y: camera.y - (y - size.height / 2) / camera.scale };
}

/** The part of the map that the screen shows, widened by `marginPx`. */
export function visibleBounds(camera: Camera, size: Size, marginPx = 0): Bounds {
  const halfWidth = (size.width / 2 + marginPx) / camera.scale;
  const halfHeight = (size.height / 2 + marginPx) / camera.scale;
  return { minX: camera.x - halfWidth, maxX: camera.x + halfWidth, minY: camera.y - halfHeight, maxY: camera.y + halfHeight };
}

/** Moved so that what was under the pointer follows it by `dx`, `dy` px. */
export function panned(camera: Camera, dx: number, dy: number): Camera {
  return { ...camera, x: camera.x - dx / camera.scale, y: camera.y + dy / camera.scale };
}

/** Zoomed by `factor` around a place on the screen, which stays where it is. */
export function zoomedAt(camera: Camera, size: Size, at: Point, factor: number, limits: { min: number; max: number }): Camera {
  const scale = Math.max(limits.min, Math.min(limits.max, camera.scale * factor));
  const fixed = toMap(camera, size, at.x, at.y);
  return { scale, x: fixed.x - (at.x - size.width / 2) / scale, y: fixed.y + (at.y - size.height / 2) / scale };
}

/** Shows `bounds` whole with `paddingPx` around, no closer than `maxScale`. */
export function fitted(bounds: Bounds, size: Size, paddingPx: number, maxScale = Infinity): Camera {
  const width = Math.max(1e-6, bounds.maxX - bounds.minX);
  const height = Math.max(1e-6, bounds.maxY - bounds.minY);
  const room = { width: Math.max(16, size.width - 2 * paddingPx), height: Math.max(16, size.height - 2 * paddingPx) };
  const scale = Math.min(maxScale, room.width / width, room.height / height);
  return { x: (bounds.minX + bounds.maxX) / 2, y: (bounds.minY + bounds.maxY) / 2, scale };
}

/** The box around some points (all without `which`); null for none. */
export function boundsOf(x: Float32Array, y: Float32Array, which?: Iterable<number>): Bounds | null {
  const bounds = { minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity };
  const include = (i: number): void => {
    const px = x[i];
    const py = y[i];
    if (px === undefined || py === undefined) return;
    if (px < bounds.minX) bounds.minX = px;
    if (px > bounds.maxX) bounds.maxX = px;
    if (py < bounds.minY) bounds.minY = py;
    if (py > bounds.maxY) bounds.maxY = py;
  };
  if (which === undefined) for (let i = 0; i < x.length; i++) include(i);
  else for (const i of which) include(i);
  return bounds.minX <= bounds.maxX ? bounds : null;
}

/** Share of the points at each end of an axis that may lie out of view. */
const farShare = 0.01;
/** What lies out of view must make the rest this many times smaller, else it is shown. */
const squeezeFactor = 1.5;
const marginShare = 0.08;

/** From the lower to the upper end of an axis without its farthest points, unless those are not far after all. */
function robustRange(values: Float32Array): readonly [number, number] {
  const sorted = values.slice().sort();
  const at = (index: number): number => sorted[index] ?? 0;
  const [low, high] = [at(0), at(sorted.length - 1)];
  const numFar = Math.floor(sorted.length * farShare);
  const [nearLow, nearHigh] = [at(numFar), at(sorted.length - 1 - numFar)];
  const margin = (nearHigh - nearLow) * marginShare;
  if (nearHigh <= nearLow || high - low <= squeezeFactor * (nearHigh - nearLow + 2 * margin)) return [low, high];
  return [Math.max(low, nearLow - margin), Math.min(high, nearHigh + margin)];
}

/** The box around a map's points, without the few far ones that would squeeze all others into a corner; null for no points. */
export function robustBounds(x: Float32Array, y: Float32Array): Bounds | null {
  if (x.length === 0) return null;
  const [minX, maxX] = robustRange(x);
  const [minY, maxY] = robustRange(y);
  return { minX, maxX, minY, maxY };
}

/** Between two cameras, `share` from 0 to 1; the scale goes evenly in steps the eye sees as even. */
export function between(from: Camera, to: Camera, share: number): Camera {
  const scale = from.scale * (to.scale / from.scale) ** share;
  // The centre moves with the scale, so that zooming in does not swing past the target.
  const ratio = to.scale / from.scale;
  const moved = Math.abs(ratio - 1) < 1e-3 ? share : (1 - ratio ** -share) / (1 - 1 / ratio);
  return { scale, x: from.x + (to.x - from.x) * moved, y: from.y + (to.y - from.y) * moved };
}
