/** Random points for tests, the same every time. */
export function randomPoints(count: number, seed = 1): { x: Float32Array; y: Float32Array } {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32) * 2 - 1;
  };
  // The product of two makes the middle crowded, as maps are.
  return { x: Float32Array.from({ length: count }, () => next() * next()), y: Float32Array.from({ length: count }, () => next()) };
}
