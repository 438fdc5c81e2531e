/** Positions in the plane, [N, 2]: bringing them to a common frame. */

/**
 * Turns, mirrors, scales and moves `positions` in place so that they lie as near as possible to `target`, by least squares over the images
 * whose target is known (not NaN): the orthogonal Procrustes problem. Fewer than two such images change nothing.
 */
export function alignPositions(positions: Float32Array, target: Float32Array): void {
  const known: number[] = [];
  for (let i = 0; i < positions.length; i += 2) if (!Number.isNaN(target[i]) && !Number.isNaN(target[i + 1])) known.push(i);
  if (known.length < 2) return;
  const [px, py] = meanOf(positions, known);
  const [tx, ty] = meanOf(target, known);
  let [xx, xy, yx, yy, squared] = [0, 0, 0, 0, 0];
  for (const i of known) {
    const [x, y] = [(positions[i] as number) - px, (positions[i + 1] as number) - py];
    const [u, v] = [(target[i] as number) - tx, (target[i + 1] as number) - ty];
    xx += x * u;
    xy += x * v;
    yx += y * u;
    yy += y * v;
    squared += x * x + y * y;
  }
  if (squared === 0) return;
  // In the plane the best rotation and the best reflection have closed forms; the one that agrees better is taken.
  const turning = Math.hypot(xx + yy, xy - yx);
  const mirroring = Math.hypot(xx - yy, xy + yx);
  const agreement = Math.max(turning, mirroring);
  if (agreement === 0) return;
  const isMirrored = mirroring > turning;
  const c = (isMirrored ? xx - yy : xx + yy) / agreement;
  const s = (isMirrored ? xy + yx : xy - yx) / agreement;
  const scale = agreement / squared;
  for (let i = 0; i < positions.length; i += 2) {
    const [x, y] = [(positions[i] as number) - px, (positions[i + 1] as number) - py];
    positions[i] = tx + scale * (isMirrored ? c * x + s * y : c * x - s * y);
    positions[i + 1] = ty + scale * (isMirrored ? s * x - c * y : s * x + c * y);
  }
}

function meanOf(positions: Float32Array, known: readonly number[]): [number, number] {
  let [x, y] = [0, 0];
  for (const i of known) {
    x += positions[i] as number;
    y += positions[i + 1] as number;
  }
  return [x / known.length, y / known.length];
}

/** Moved and scaled in place until the square from -1 to 1 just holds them. */
export function normalisePositions(positions: Float32Array): Float32Array {
  const [low, high] = [
    [Infinity, Infinity],
    [-Infinity, -Infinity],
  ] as [[number, number], [number, number]];
  positions.forEach((value, at) => {
    const axis = at % 2 === 0 ? 0 : 1;
    low[axis] = Math.min(low[axis], value);
    high[axis] = Math.max(high[axis], value);
  });
  const span = Math.max(high[0] - low[0], high[1] - low[1]);
  const scale = span > 0 ? 2 / span : 0;
  return positions.map((value, at) => {
    const axis = at % 2 === 0 ? 0 : 1;
    return Math.min(1, Math.max(-1, (value - (low[axis] + high[axis]) / 2) * scale));
  });
}
