/** What nearest neighbours tell: whether they are still the same ones, and whether they carry the same label. */

/** The `k` nearest others of every image by inner product, nearest first, ties by index: [N, k] from `gram` [N, N]. */
export function nearestOthers(gram: Float64Array, numImages: number, k: number): Int32Array {
  const neighbours = new Int32Array(numImages * k);
  for (let i = 0; i < numImages; i++) {
    const similarity = gram.subarray(i * numImages, (i + 1) * numImages);
    const others = Array.from({ length: numImages }, (_, j) => j).filter((j) => j !== i);
    others.sort((a, b) => (similarity[b] as number) - (similarity[a] as number) || a - b);
    neighbours.set(others.slice(0, k), i * k);
  }
  return neighbours;
}

/** Mean share of the neighbours [N, k] of `a` that are also among those of `b`, whatever their order. */
export function neighbourAgreement(a: Int32Array, b: Int32Array, numNeighbours: number): number {
  let shared = 0;
  for (let at = 0; at < a.length; at += numNeighbours) {
    const other = new Set(b.subarray(at, at + numNeighbours));
    for (const neighbour of a.subarray(at, at + numNeighbours)) if (other.has(neighbour)) shared += 1;
  }
  return a.length === 0 ? 1 : shared / a.length;
}

/**
 * The share of images whose neighbours [N, k] vote for their own label [N], each neighbour with one vote and the nearest of the tied winning. Images
 * of a class that no other image has are left out; null where none is left.
 */
export function neighbourAccuracy(neighbours: Int32Array, numNeighbours: number, labels: Int32Array): number | null {
  let [numRight, numCounted] = [0, 0];
  labels.forEach((label, i) => {
    if (!labels.some((other, j) => other === label && j !== i)) return;
    const votes = new Map<number, number>();
    for (const neighbour of neighbours.subarray(i * numNeighbours, (i + 1) * numNeighbours)) {
      const vote = labels[neighbour] as number;
      votes.set(vote, (votes.get(vote) ?? 0) + 1);
    }
    // A map keeps the order in which votes came, so that of equals the nearest is found first.
    const most = Math.max(...votes.values());
    const winner = [...votes].find(([, count]) => count === most)?.[0];
    numCounted += 1;
    if (winner === label) numRight += 1;
  });
  return numCounted === 0 ? null : numRight / numCounted;
}
