/** 95 % intervals: Wilson for a proportion, the percentile bootstrap for everything else. */
import { AppError } from '../contract/errors.ts';
import { createRandom } from '../tensor/random.ts';

export interface Interval {
  readonly estimate: number;
  /** The ends of the 95 % interval. */
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  readonly seed: number;
  readonly numResamples?: number;
  /** [N]: whole groups are drawn instead of single items, for items that are not independent. */
  readonly groups?: Int32Array;
}

/** The 97.5 % point of the standard normal distribution. */
const z = 1.959963984540054;

/** Wilson's score interval for `numSuccesses` of `numTrials` (Wilson 1927). Successes may be a mean over repeats and need not be whole. */
export function wilsonInterval(numSuccesses: number, numTrials: number): Interval {
  if (!(numTrials > 0 && numSuccesses >= 0 && numSuccesses <= numTrials)) {
    throw new AppError('invalid-input', `An interval for ${numSuccesses} of ${numTrials} makes no sense; count at least one image.`);
  }
  const p = numSuccesses / numTrials;
  const scale = 1 + (z * z) / numTrials;
  const middle = (p + (z * z) / (2 * numTrials)) / scale;
  const half = (z / scale) * Math.sqrt((p * (1 - p)) / numTrials + (z * z) / (4 * numTrials * numTrials));
  return { estimate: p, low: Math.max(0, Math.min(p, middle - half)), high: Math.min(1, Math.max(p, middle + half)) };
}

/** The q-quantile of ascending values, linear between neighbours. */
export function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const a = sorted[below] as number;
  const b = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return a + (at - below) * (b - a);
}

/**
 * Percentile bootstrap interval of any statistic of N items. `statistic` gets item numbers, drawn with replacement (and 0..N-1 for the estimate); resamples
 * where it is not a number (an AUC without positives, say) are left out. By default 2,000 resamples.
 */
export function bootstrapInterval(numItems: number, statistic: (items: Int32Array) => number, options: BootstrapOptions): Interval {
  if (numItems < 1) throw new AppError('invalid-input', 'A bootstrap needs at least one item.');
  const { seed, numResamples = 2000, groups } = options;
  const random = createRandom(seed);
  const all = Int32Array.from({ length: numItems }, (_, i) => i);
  const units = groups === undefined ? null : [...Map.groupBy(all, (i) => groups[i]).values()];
  const sample = new Int32Array(numItems);
  const draw = (): Int32Array => {
    if (units !== null) return Int32Array.from(units.flatMap(() => units[random.int(units.length)] ?? []));
    for (let i = 0; i < numItems; i++) sample[i] = random.int(numItems);
    return sample;
  };
  const values = Float64Array.from({ length: numResamples }, () => statistic(draw()))
    .filter((value) => !Number.isNaN(value))
    .sort();
  const estimate = statistic(all);
  if (values.length === 0) return { estimate, low: Number.NaN, high: Number.NaN };
  return { estimate, low: quantile(values, 0.025), high: quantile(values, 0.975) };
}

/** The interval of statistic A minus statistic B, both taken on the same resamples of the same N items. */
export function pairedBootstrap(
  numItems: number,
  statisticA: (items: Int32Array) => number,
  statisticB: (items: Int32Array) => number,
  options: BootstrapOptions,
): Interval {
  return bootstrapInterval(numItems, (items) => statisticA(items) - statisticB(items), options);
}

/** The mean of `values` over the given items: a statistic for the bootstrap. */
export function meanOver(values: Float64Array): (items: Int32Array) => number {
  return (items) => {
    let sum = 0;
    for (const i of items) sum += values[i] as number;
    return sum / items.length;
  };
}
