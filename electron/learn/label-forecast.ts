/** What more labels will bring: a power law through a measured learning curve, with a band. */
import { createRandom } from '../tensor/random.ts';
import { quantile, wilsonInterval } from './intervals.ts';
import type { Interval } from './intervals.ts';
import type { MeasuredCurve } from './learning-curve.ts';

/** Error at n labels: `floor` + `scale` n^-`exponent`, which never rises with n. */
export interface PowerLaw {
  readonly floor: number;
  readonly scale: number;
  readonly exponent: number;
}

export interface LabelForecast {
  readonly measured: readonly { readonly numLabels: number; readonly accuracy: number }[];
  /** Rising numbers of labels, from the smallest measured to beyond the horizon. */
  readonly curve: readonly ({ readonly numLabels: number } & Interval)[];
  readonly law: PowerLaw;
  readonly numLabels: number;
  readonly horizon: number;
  /** Accuracy with all labels at hand, and with `horizon` more. */
  readonly now: Interval;
  readonly next: Interval;
  /** What these would add. */
  readonly gain: Interval;
}

export interface ForecastOptions {
  /** 50 unless told. */
  readonly horizon?: number;
  readonly seed: number;
  /** 500 unless told. */
  readonly numResamples?: number;
}

const exponents = [0.25, 0.375, 0.5, 0.75, 1, 1.5];
/** The 97.5 % point of the standard normal distribution. */
const z = 1.959963984540054;
const numPoints = 24;
/** With fewer mistakes than these, resampling them says too little of how many there may be. */
const fewMistakes = 5;

/**
 * The inverse power law of learning curves (Cortes et al. 1994; Figueroa et al. 2012, who weigh larger sizes more) through errors at some sizes:
 * for each of a few exponents non-negative weighted least squares, of which the best is taken.
 */
export function fitPowerLaw(sizes: readonly number[], errors: readonly number[], among: readonly number[] = exponents): PowerLaw {
  let best: PowerLaw & { readonly misfit: number } = { floor: 0, scale: 0, exponent: 0.5, misfit: Infinity };
  for (const exponent of among) {
    const x = sizes.map((n) => n ** -exponent);
    const [floor, scale] = nonNegativeLine(x, errors, sizes);
    const misfit = sizes.reduce((sum, n, i) => sum + n * (floor + scale * (x[i] ?? 0) - (errors[i] ?? 0)) ** 2, 0);
    if (misfit < best.misfit - 1e-12) best = { floor, scale, exponent, misfit };
  }
  return { floor: best.floor, scale: best.scale, exponent: best.exponent };
}

/** [a, b], both at least 0, of the weighted least squares line a + b x. */
function nonNegativeLine(x: readonly number[], y: readonly number[], weights: readonly number[]): [number, number] {
  let [w, wx, wy, wxx, wxy] = [0, 0, 0, 0, 0];
  x.forEach((xi, i) => {
    const [wi, yi] = [weights[i] ?? 0, y[i] ?? 0];
    w += wi;
    wx += wi * xi;
    wy += wi * yi;
    wxx += wi * xi * xi;
    wxy += wi * xi * yi;
  });
  const slope = (w * wxy - wx * wy) / (w * wxx - wx * wx);
  if (!(slope > 0)) return [wy / w, 0];
  const floor = (wy - slope * wx) / w;
  return floor >= 0 ? [floor, slope] : [0, wxy / wxx];
}

/** Accuracy at n labels. */
export function accuracyAt({ floor, scale, exponent }: PowerLaw, numLabels: number): number {
  return Math.max(0, 1 - floor - scale * numLabels ** -exponent);
}

/**
 * Extrapolates a measured curve. The intervals (95 %) hold what is known to be uncertain: which images were labelled, by refitting on resampled
 * images (whole groups where there are groups), never narrower than Wilson's for as many images; and which further ones will be, from how much
 * draws of the same size differ. They suppose that further labels are given to images chosen as the earlier ones were.
 */
export function forecastLabels(curve: MeasuredCurve, options: ForecastOptions): LabelForecast {
  const { sizes, numImages, drawVariance } = curve;
  const { horizon = 50, seed, numResamples = 500 } = options;
  const law = fitPowerLaw(sizes, errorsOf(curve, null));
  // A handful of sizes hardly tells exponents apart, so each of them is taken equally often.
  const laws = resampledCounts(curve, seed, numResamples).map((counts, i) =>
    fitPowerLaw(sizes, errorsOf(curve, counts), [exponents[i % exponents.length] ?? 0.5]),
  );
  const ahead = numImages + horizon;
  const at = (numLabels: number): Interval => {
    const estimate = accuracyAt(law, numLabels);
    const drawn = z * Math.sqrt(drawVariance / numLabels);
    const wilson = wilsonInterval(estimate * numImages, numImages);
    return bounded(
      estimate,
      laws.map((each) => accuracyAt(each, numLabels)),
      { drawn, below: estimate - wilson.low, above: wilson.high - estimate },
    );
  };
  const gain = accuracyAt(law, ahead) - accuracyAt(law, numImages);
  // The larger draw contains the smaller one, so that only what differs between them varies.
  const drawn = z * Math.sqrt(Math.max(0, drawVariance * (1 / numImages - 1 / ahead)));
  const gains = laws.map((each) => accuracyAt(each, ahead) - accuracyAt(each, numImages));
  return {
    measured: sizes.map((numLabels, s) => ({ numLabels, accuracy: 1 - (errorsOf(curve, null)[s] ?? 0) })),
    curve: grid(sizes[0] ?? 1, numImages, ahead).map((numLabels) => ({ numLabels, ...at(numLabels) })),
    law,
    numLabels: numImages,
    horizon,
    now: at(numImages),
    next: at(ahead),
    gain: bounded(gain, gains, { drawn, below: 0, above: unseenGain(law, numImages, ahead) }, -1),
  };
}

/** What removing mistakes that were never seen may bring, where hardly any were: the most that so many images allow, falling as 1 / n. */
function unseenGain(law: PowerLaw, numImages: number, ahead: number): number {
  const error = 1 - accuracyAt(law, numImages);
  if (error * numImages >= fewMistakes) return 0;
  return (1 - wilsonInterval((1 - error) * numImages, numImages).low) * (1 - numImages / ahead);
}

/** The percentile interval of `values`, at least as wide as told to either side, and wider by `drawn` in quadrature. */
function bounded(
  estimate: number,
  values: readonly number[],
  { drawn, below, above }: { readonly drawn: number; readonly below: number; readonly above: number },
  least = 0,
): Interval {
  const sorted = Float64Array.from(values).sort();
  const down = Math.hypot(Math.max(below, estimate - quantile(sorted, 0.025)), drawn);
  const up = Math.hypot(Math.max(above, quantile(sorted, 0.975) - estimate), drawn);
  return { estimate, low: Math.max(least, estimate - down), high: Math.min(1, estimate + up) };
}

/** Error at each size, images counting as often as `counts` says. */
function errorsOf({ sizes, correct, numImages }: MeasuredCurve, counts: Float64Array | null): number[] {
  return sizes.map((_, s) => {
    let [sum, total] = [0, 0];
    for (let i = 0; i < numImages; i++) {
      const count = counts === null ? 1 : (counts[i] as number);
      sum += count * (correct[s * numImages + i] as number);
      total += count;
    }
    return 1 - sum / total;
  });
}

/** How often each image is in each resample of images, or of whole groups. */
function resampledCounts({ numImages, groups }: MeasuredCurve, seed: number, numResamples: number): Float64Array[] {
  const random = createRandom(seed);
  const images = Array.from({ length: numImages }, (_, i) => i);
  const units = [...Map.groupBy(images, (i) => groups?.[i] ?? i).values()];
  return Array.from({ length: numResamples }, () => {
    const counts = new Float64Array(numImages);
    for (let u = 0; u < units.length; u++) {
      for (const i of units[random.int(units.length)] ?? []) counts[i] = (counts[i] as number) + 1;
    }
    return counts;
  });
}

/** Numbers of labels to draw the curve at, evenly in their logarithm, among them the present one and the one ahead. */
function grid(from: number, present: number, ahead: number): number[] {
  const end = Math.max(ahead, Math.round(1.25 * ahead));
  const points = Array.from({ length: numPoints }, (_, i) => Math.round(from * (end / from) ** (i / (numPoints - 1))));
  return [...new Set([...points, present, ahead])].sort((a, b) => a - b);
}
