/** 95 % intervals: Wilson for a share, also a weighted or grouped one, and the percentile bootstrap for everything else. */
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
  return scoreInterval(numSuccesses / numTrials, numTrials, z);
}

/** Wilson's interval for a share `p` of `n` trials, which need not be whole, at `q` standard errors. */
function scoreInterval(p: number, n: number, q: number): Interval {
  const scale = 1 + (q * q) / n;
  const middle = (p + (q * q) / (2 * n)) / scale;
  const half = (q / scale) * Math.sqrt((p * (1 - p)) / n + (q * q) / (4 * n * n));
  return { estimate: p, low: Math.max(0, Math.min(p, middle - half)), high: Math.min(1, Math.max(p, middle + half)) };
}

/**
 * How much wider than for independent trials an interval of cross-validated accuracy is to be: its fits share images, and the strength was
 * chosen on the same folds. Measured: `npm run bench -- intervals`; unwidened, some nominal 95 % intervals covered the truth 92 times in 100.
 */
export const crossValidationWidth = 1.15;

export interface ShareOptions {
  /** [N], positive: one over the chance that the image came to be measured, up to a common factor; equal unless told. */
  readonly weights?: ArrayLike<number> | undefined;
  /** [N]: images of one group are not counted as independent. */
  readonly groups?: ArrayLike<number> | undefined;
  /** How many times wider than for independent trials the interval is to be: 1, or `crossValidationWidth`. */
  readonly width?: number;
}

/**
 * The share of hits among images that were not all measured with the same chance, or that come in groups: Hajek's ratio of weighted sums, and
 * Wilson's interval at the number of independent images that would vary as much (Korn and Graubard 1998, with the score interval in place of the exact
 * one). `hits` [N] are 0 or 1, or means over repeats between them. Where all hits are equal their spread says nothing, and the groups are counted.
 * Throws `invalid-input` without images or with weights that are not positive.
 */
export function shareInterval(hits: ArrayLike<number>, { weights, groups, width = 1 }: ShareOptions = {}): Interval {
  const numItems = hits.length;
  const weightOf = (i: number): number => weights?.[i] ?? 1;
  const rows = Array.from({ length: numItems }, (_, i) => i);
  if (numItems === 0 || !rows.every((i) => weightOf(i) > 0)) {
    throw new AppError('invalid-input', 'A share needs at least one image, and a positive weight for each.');
  }
  const total = rows.reduce((sum, i) => sum + weightOf(i), 0);
  const share = Math.min(1, rows.reduce((sum, i) => sum + weightOf(i) * (hits[i] ?? 0), 0) / total);
  const deviations = new Map<number, number>();
  for (const i of rows) {
    const unit = groups?.[i] ?? i;
    deviations.set(unit, (deviations.get(unit) ?? 0) + weightOf(i) * ((hits[i] ?? 0) - share));
  }
  const numUnits = deviations.size;
  // No more than the weights alone leave (Kish 1965): less spread than that is luck.
  const most = total ** 2 / rows.reduce((sum, i) => sum + weightOf(i) ** 2, 0);
  const squares = Array.from(deviations.values()).reduce((sum, deviation) => sum + deviation ** 2, 0);
  const correction = groups === undefined ? 1 : numUnits / Math.max(1, numUnits - 1);
  const variance = (correction * squares) / total ** 2;
  const isSpread = numUnits > 1 && variance > 1e-12;
  const effective = Math.min(most, isSpread ? (share * (1 - share)) / variance : numUnits);
  const isPlain = weights === undefined && groups === undefined;
  return scoreInterval(share, effective / width ** 2, isPlain ? z : studentQuantile(numUnits - 1));
}

/** The 97.5 % point of Student's t for some degrees of freedom, to 0.01 (Hill 1970's expansion; the first two as they are). */
function studentQuantile(degrees: number): number {
  if (degrees <= 1) return 12.706;
  if (degrees === 2) return 4.303;
  const [first, second] = [(z ** 3 + z) / 4, (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96];
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + first / degrees + second / degrees ** 2 + third / degrees ** 3;
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
  return percentileInterval(
    statistic(all),
    Array.from({ length: numResamples }, () => statistic(draw())),
  );
}

/** From the 2.5 to the 97.5 % point of resampled values; those that are no numbers are left out. */
export function percentileInterval(estimate: number, resampled: readonly number[]): Interval {
  const values = Float64Array.from(resampled.filter((value) => !Number.isNaN(value))).sort();
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

/**
 * A bootstrap over images takes the fits as given, but folds share training images: unwidened, equals were told apart up to 16 times in 100 in
 * simulation instead of 5. With R repeats of k folds, the corrected variance of a mean over splits is 1 / R + k / (k - 1) times the naive one
 * (Nadeau and Bengio 2003, eq. 8, with J = R k and a test to training ratio of 1 / (k - 1)).
 */
export function widenedForFolds({ estimate, low, high }: Interval, repeats: readonly { readonly numFolds: number }[]): Interval {
  const k = repeats[0]?.numFolds ?? 2;
  const factor = Math.sqrt(1 / repeats.length + k / (k - 1));
  return { estimate, low: estimate - factor * (estimate - low), high: estimate + factor * (high - estimate) };
}
