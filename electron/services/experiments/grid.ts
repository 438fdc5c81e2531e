/** What an experiment compares: every combination of its axes is a cell, one adaptation each. */
import type { AugmentationChoice } from '../../contract/augmentation.ts';
import type { AdaptMethod } from '../../learn/methods.ts';

export type CellBudget = { readonly minutes: number } | { readonly steps: number };

/** How views are altered, by a name for tables; null is what the method does by itself. */
export interface NamedAugmentation {
  readonly name: string;
  readonly choice: AugmentationChoice | null;
}

export interface Grid {
  /** Weights to start from: files, `scratch`, `scratch:<architecture>`. */
  readonly bases: readonly string[];
  /** Folders to learn from before the target, one after the other; none, or several chains to compare. */
  readonly chains: readonly (readonly string[])[];
  readonly methods: readonly AdaptMethod[];
  readonly budgets: readonly CellBudget[];
  readonly augmentations: readonly NamedAugmentation[];
  /** Of the images, how many to adapt on; null for all. */
  readonly imageCounts: readonly (number | null)[];
  /** Whole networks, normalisation layers alone, or both. */
  readonly normOnly: readonly boolean[];
  /** Of adaptations. */
  readonly seeds: readonly number[];
}

/** One way of getting features: a network as it comes (`method` null), or adapted. */
export interface Cell {
  readonly base: string;
  readonly chain: readonly string[];
  readonly method: AdaptMethod | null;
  readonly budget: CellBudget | null;
  readonly augmentation: NamedAugmentation;
  readonly maxImages: number | null;
  readonly normOnly: boolean;
  readonly seed: number;
}

const plain = { name: 'own', choice: null } as const satisfies NamedAugmentation;

/** The network of every base as it comes, once per base. */
function unadaptedCells({ bases }: Grid): Cell[] {
  return bases.map((base) => ({
    base,
    chain: [],
    method: null,
    budget: null,
    augmentation: plain,
    maxImages: null,
    normOnly: false,
    seed: 0,
  }));
}

/** Every cell, seeds innermost, so that an experiment cut short has whole rows: the unadapted networks first. */
export function cellsOf(grid: Grid): Cell[] {
  const cells = [...unadaptedCells(grid)];
  for (const base of grid.bases)
    for (const chain of grid.chains)
      for (const method of grid.methods)
        for (const budget of grid.budgets)
          for (const augmentation of grid.augmentations)
            for (const maxImages of grid.imageCounts)
              for (const normOnly of grid.normOnly)
                for (const seed of grid.seeds) cells.push({ base, chain, method, budget, augmentation, maxImages, normOnly, seed });
  return cells;
}

/** What is the same for the seeds of a row of the table. */
export function rowKey({ base, chain, method, budget, augmentation, maxImages, normOnly }: Cell): string {
  return JSON.stringify([base, chain, method, budget, augmentation.name, maxImages, normOnly]);
}
