/** Whether measured images are spread over the strata of a collection as a random draw would be, and the weights that make up for it. */
import { AppError } from '../contract/errors.ts';

export interface InclusionWeights {
  /** [M], mean 1: the images of a stratum weigh as much as the stratum is large; all 1 where the draw looks random. */
  readonly weights: Float64Array;
  readonly isWeighted: boolean;
  /** The chance that a random draw is spread as unevenly as this, by chi-square. */
  readonly chance: number;
  /** Share of the collection in strata without a measured image, for which the others stand in. */
  readonly uncovered: number;
}

/** Of a thousand random draws fewer than this many are taken for a chosen one. */
const suspicious = 0.005;
/** Strata with fewer measured images are taken together. */
const minMeasured = 2;

/**
 * Weights by the inverse of the share of each stratum (a cluster, say) that was measured, the estimated chance of inclusion (Horvitz and Thompson
 * 1952; Hajek 1971 divides by the sum of the weights). `population` [N] and `measured` [M] are numbers of strata. A draw that is spread as
 * chance would spread it keeps equal weights, which vary less. Throws `invalid-input` without measured images.
 */
export function inclusionWeights(population: Int32Array, measured: Int32Array): InclusionWeights {
  if (measured.length === 0) throw new AppError('invalid-input', 'Nothing was measured. Label some of the images kept apart.');
  const count = (list: Int32Array): Map<number, number> => {
    const counts = new Map<number, number>();
    for (const stratum of list) counts.set(stratum, (counts.get(stratum) ?? 0) + 1);
    return counts;
  };
  const [all, seen] = [count(population), count(measured)];
  const uncovered = [...all].reduce((sum, [stratum, size]) => sum + (seen.has(stratum) ? 0 : size), 0) / Math.max(1, population.length);
  const isOwn = (stratum: number): boolean => (seen.get(stratum) ?? 0) >= minMeasured && all.has(stratum);
  const strata = new Map<number, { size: number; numMeasured: number }>();
  const pooled = -1;
  const keyOf = (stratum: number): number => (isOwn(stratum) ? stratum : pooled);
  const add = (counts: Map<number, number>, field: 'size' | 'numMeasured'): void => {
    for (const [stratum, n] of counts) {
      const entry = strata.get(keyOf(stratum)) ?? { size: 0, numMeasured: 0 };
      entry[field] += n;
      strata.set(keyOf(stratum), entry);
    }
  };
  add(all, 'size');
  add(seen, 'numMeasured');
  const chance = evenness([...strata.values()], population.length, measured.length);
  const isWeighted = chance < suspicious;
  const raw = Float64Array.from(measured, (stratum) => {
    const { size, numMeasured } = strata.get(keyOf(stratum)) ?? { size: 0, numMeasured: 1 };
    return isWeighted && size > 0 ? size / numMeasured : 1;
  });
  const mean = raw.reduce((sum, weight) => sum + weight, 0) / raw.length;
  return { weights: raw.map((weight) => weight / mean), isWeighted, chance, uncovered };
}

/** The upper tail of chi-square for the measured counts against those expected, by Wilson and Hilferty's cube root. */
function evenness(strata: readonly { size: number; numMeasured: number }[], numAll: number, numMeasured: number): number {
  const degrees = strata.length - 1;
  if (degrees < 1) return 1;
  const statistic = strata.reduce((sum, { size, numMeasured: seen }) => {
    const expected = Math.max(1e-9, (numMeasured * size) / numAll);
    return sum + (seen - expected) ** 2 / Math.max(expected, 0.5);
  }, 0);
  const spread = 2 / (9 * degrees);
  return upperTail(((statistic / degrees) ** (1 / 3) - (1 - spread)) / Math.sqrt(spread));
}

/** The chance that a standard normal draw is above x (Abramowitz and Stegun 26.2.17, to 1e-7). */
function upperTail(x: number): number {
  if (x < 0) return 1 - upperTail(-x);
  const t = 1 / (1 + 0.2316419 * x);
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}
