/** Splits for cross-validation: stratified by class, repeated, and never through a group of images that belong together. */
import { AppError } from '../contract/errors.ts';
import type { Random } from '../tensor/random.ts';
import { createRandom } from '../tensor/random.ts';

export interface Folds {
  /** [N]: the fold in which each item is held out. */
  readonly foldOf: Int32Array;
  readonly numFolds: number;
}

export interface FoldOptions {
  readonly numFolds: number;
  readonly seed: number;
  /** [N]: items of one group (duplicates, one recording session) stay in one fold. */
  readonly groups?: Int32Array;
}

/**
 * Stratified k folds of items with the given labels [N]. Without groups, fold sizes and each class's share of them differ by at most one; with
 * groups, they are as even as dealing out whole groups, largest first, makes them. There are never more folds than groups (or items).
 * Throws when fewer than two groups (or items) are given.
 */
export function stratifiedFolds(labels: Int32Array, options: FoldOptions): Folds {
  const { groups, seed } = options;
  if (groups !== undefined && groups.length !== labels.length) {
    throw new AppError('invalid-input', `There are ${labels.length} labels but ${groups.length} group numbers; give one for each label.`);
  }
  const numUnits = groups === undefined ? labels.length : new Set(groups).size;
  if (numUnits < 2 || options.numFolds < 2) {
    throw new AppError(
      'invalid-input',
      'Cross-validation needs two folds and labels from at least two separate images or groups; label more images.',
    );
  }
  const numFolds = Math.min(options.numFolds, numUnits);
  const random = createRandom(seed);
  const foldOf = groups === undefined ? dealItems(labels, numFolds, random) : dealGroups(labels, groups, numFolds, random);
  return { foldOf, numFolds };
}

/** `numRepeats` independent splits, the r-th a function of (seed, r) alone. */
export function repeatedFolds(labels: Int32Array, options: FoldOptions & { readonly numRepeats: number }): Folds[] {
  const random = createRandom(options.seed);
  return Array.from({ length: options.numRepeats }, () => stratifiedFolds(labels, { ...options, seed: random.int(2 ** 32) }));
}

/** The rows whose fold is (`held`), or is not, the given one. */
export function rowsOfFold({ foldOf }: Folds, fold: number, held: boolean): Int32Array {
  const rows: number[] = [];
  foldOf.forEach((f, i) => {
    if ((f === fold) === held) rows.push(i);
  });
  return Int32Array.from(rows);
}

/** Deals each class's items out in turn; the next class goes on where the last one stopped, which evens the fold sizes too. */
function dealItems(labels: Int32Array, numFolds: number, random: Random): Int32Array {
  const foldOrder = random.permutation(numFolds);
  const shuffled = Array.from(random.permutation(labels.length)).sort((a, b) => (labels[a] as number) - (labels[b] as number));
  const foldOf = new Int32Array(labels.length);
  shuffled.forEach((item, turn) => {
    foldOf[item] = foldOrder[turn % numFolds] as number;
  });
  return foldOf;
}

/** Greedy: largest groups first, each to the fold where it adds least to the squared per-class and total counts, each relative to its mean. */
function dealGroups(labels: Int32Array, groups: Int32Array, numFolds: number, random: Random): Int32Array {
  const members = new Map<number, number[]>();
  groups.forEach((group, item) => {
    const list = members.get(group);
    if (list === undefined) members.set(group, [item]);
    else list.push(item);
  });
  const classes = [...new Set(labels)].sort((a, b) => a - b);
  const totals = classes.map((c) => labels.reduce((sum, label) => sum + (label === c ? 1 : 0), 0));
  const classIndex = new Map(classes.map((c, i) => [c, i]));
  const lists = [...members.values()];
  const order = Array.from(random.permutation(lists.length), (i) => lists[i] as number[]).sort((a, b) => b.length - a.length);
  const counts = Array.from({ length: numFolds }, () => new Float64Array(classes.length));
  const sizes = new Float64Array(numFolds);
  const foldOf = new Int32Array(labels.length);
  for (const items of order) {
    const added = new Float64Array(classes.length);
    for (const item of items) {
      const c = classIndex.get(labels[item] as number) ?? 0;
      added[c] = (added[c] as number) + 1;
    }
    let best = 0;
    let bestCost = Infinity;
    for (const fold of random.permutation(numFolds)) {
      // The increase of sum((count / total)^2): squares make an even spread the cheapest.
      const held = counts[fold] as Float64Array;
      let cost = (items.length * (2 * (sizes[fold] as number) + items.length)) / labels.length ** 2;
      added.forEach((a, c) => (cost += (a * (2 * (held[c] as number) + a)) / (totals[c] as number) ** 2));
      if (cost < bestCost - 1e-12) {
        bestCost = cost;
        best = fold;
      }
    }
    added.forEach((a, c) => ((counts[best] as Float64Array)[c] = ((counts[best] as Float64Array)[c] as number) + a));
    sizes[best] = (sizes[best] as number) + items.length;
    for (const item of items) foldOf[item] = best;
  }
  return foldOf;
}
