/** Worlds of made-up features, in which the true accuracy of a classifier can be measured on as many fresh images as one likes. */
import type { Random } from '../../electron/tensor/random.ts';

export interface World {
  readonly numClasses: number;
  readonly dim: number;
  /** Kinds of images, several a class, with the share of images that are of each. */
  readonly kinds: readonly { readonly label: number; readonly share: number; readonly centre: Float64Array; readonly spread: number }[];
}

export interface Images {
  /** [N, dim]. */
  readonly features: Float32Array;
  /** [N]. */
  readonly labels: Int32Array;
  /** [N], the kind of each: what clusters of a map find. */
  readonly kinds: Int32Array;
}

export interface WorldOptions {
  readonly numClasses: number;
  readonly kindsPerClass: number;
  readonly dim: number;
  /** Distance of a kind from the middle, in units of the spread of images about it. */
  readonly distance: number;
}

/** Kinds at random places, the rare ones widely spread and near others, so that the rare is hard. */
export function makeWorld({ numClasses, kindsPerClass, dim, distance }: WorldOptions, random: Random): World {
  const kinds = Array.from({ length: numClasses * kindsPerClass }, (_, i) => {
    const nth = Math.floor(i / numClasses);
    return {
      label: i % numClasses,
      share: 1 / (1 + nth),
      centre: Float64Array.from({ length: dim }, () => (distance * random.normal()) / Math.sqrt(1 + nth)),
      spread: 1 + 0.3 * nth,
    };
  });
  const total = kinds.reduce((sum, { share }) => sum + share, 0);
  return { numClasses, dim, kinds: kinds.map((kind) => ({ ...kind, share: kind.share / total })) };
}

/** Images drawn at random from the world, some of them odder than others. */
export function drawImages({ kinds, dim }: World, numImages: number, random: Random): Images {
  const features = new Float32Array(numImages * dim);
  const [labels, ofKind] = [new Int32Array(numImages), new Int32Array(numImages)];
  for (let i = 0; i < numImages; i++) {
    let left = random.next();
    const found = kinds.findIndex(({ share }) => (left -= share) < 0);
    const at = found < 0 ? kinds.length - 1 : found;
    const kind = kinds[at];
    if (kind === undefined) continue;
    labels[i] = kind.label;
    ofKind[i] = at;
    const oddness = kind.spread * Math.exp(0.7 * random.normal());
    for (let j = 0; j < dim; j++) features[i * dim + j] = (kind.centre[j] ?? 0) + oddness * random.normal();
  }
  return { features, labels, kinds: ofKind };
}

export function takeImages({ features, labels, kinds }: Images, rows: readonly number[], dim: number): Images {
  const out = new Float32Array(rows.length * dim);
  rows.forEach((row, i) => out.set(features.subarray(row * dim, (row + 1) * dim), i * dim));
  return {
    features: out,
    labels: Int32Array.from(rows, (row) => labels[row] ?? 0),
    kinds: Int32Array.from(rows, (row) => kinds[row] ?? 0),
  };
}

/** The images nearest to the middle of their kind, kind after kind in turns: what a guided choice asks for, and easier than most. */
export function typicalRows({ features, kinds: ofKind }: Images, { kinds, dim }: World, count: number): number[] {
  const lists = kinds.map(({ centre }, k) => {
    const distance = (row: number): number => centre.reduce((sum, c, j) => sum + ((features[row * dim + j] ?? 0) - c) ** 2, 0);
    const rows = Array.from(ofKind.keys()).filter((row) => ofKind[row] === k);
    return rows.map((row) => ({ row, far: distance(row) })).sort((a, b) => a.far - b.far);
  });
  const turns = lists.flatMap((list, k) => list.map(({ row }, turn) => ({ row, turn, k })));
  return turns
    .sort((a, b) => a.turn - b.turn || a.k - b.k)
    .slice(0, count)
    .map(({ row }) => row);
}
