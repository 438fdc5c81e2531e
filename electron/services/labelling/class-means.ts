/** A quick guess at the class of an image: how near it lies to the mean of each class's labelled images. */
import type { Host } from '../host.ts';
import { baseColumns, classColumn, noClass, rowOf, rowsOf, testColumn } from '../catalog/image-catalog.ts';
import { compactFeatures } from '../catalog/similar-images.ts';
import type { CompactFeatures } from '../catalog/similar-images.ts';

export interface Guess {
  readonly classId: number;
  readonly confidence: number;
}

/** Candidates for how sharply confidence falls with the angle; the one that fits the labels at hand best is used. */
const temperatures = [0.02, 0.05, 0.1, 0.2, 0.4];
const maxCalibrated = 400;

interface Means {
  readonly classIds: readonly number[];
  /** [C, D], sums of centred unit rows. */
  readonly sums: Float64Array;
  readonly counts: readonly number[];
  readonly temperature: number;
}

/** A function that guesses an image's class, or null where there are no features or fewer than two classes have labels. Test labels do not count. */
export function classGuesser(host: Host): ((imageId: number) => Guess | null) | null {
  const compact = compactFeatures(host);
  const means =
    compact === null
      ? null
      : host.memo('queue.means', ['labels', 'classes', 'maps', 'models', 'images', 'sources'], () => classMeans(host, compact));
  if (compact === null || means === null) return null;
  const centred = centredRows(host, compact);
  return (imageId) => {
    const row = rowOf(compact.imageIds, imageId);
    if (row < 0) return null;
    const probabilities = softmax(cosinesTo(means, rowAt(centred, row, compact.dim), null), means.temperature);
    const best = probabilities.reduce((top, value, i) => (value > (probabilities[top] as number) ? i : top), 0);
    return { classId: means.classIds[best] as number, confidence: probabilities[best] as number };
  };
}

function classMeans(host: Host, compact: CompactFeatures): Means | null {
  const { ids } = baseColumns(host);
  const [labels, isTest] = [classColumn(host), testColumn(host)];
  const { dim, imageIds } = compact;
  const centred = centredRows(host, compact);
  const labelled: { row: number; place: number }[] = [];
  const places = new Map<number, number>();
  rowsOf(ids, imageIds).forEach((catalogRow, row) => {
    const classId = catalogRow < 0 ? noClass : (labels[catalogRow] as number);
    if (classId === noClass || isTest[catalogRow] === 1) return;
    const place = places.get(classId) ?? places.size;
    places.set(classId, place);
    labelled.push({ row, place });
  });
  if (places.size < 2) return null;
  const sums = new Float64Array(places.size * dim);
  const counts = new Array<number>(places.size).fill(0);
  for (const { row, place } of labelled) {
    counts[place] = (counts[place] ?? 0) + 1;
    for (let d = 0; d < dim; d++) sums[place * dim + d] = (sums[place * dim + d] as number) + (centred[row * dim + d] as number);
  }
  const means = { classIds: [...places.keys()], sums, counts, temperature: 1 };
  return { ...means, temperature: calibrate(centred, means, labelled) };
}

/** Rows less the mean of all, at unit length: without that, all images of one folder point the same way. */
export function centredRows(host: Host, { unit, dim, imageIds }: CompactFeatures): Float32Array {
  return host.memo('queue.centred', ['maps', 'models', 'images', 'sources'], () => {
    const sum = new Float64Array(dim);
    for (let at = 0; at < unit.length; at++) sum[at % dim] = (sum[at % dim] as number) + (unit[at] as number);
    const rows = new Float32Array(unit.length);
    for (let start = 0; start < unit.length; start += dim) {
      let squared = 0;
      for (let d = 0; d < dim; d++) {
        const value = (unit[start + d] as number) - (sum[d] as number) / imageIds.length;
        rows[start + d] = value;
        squared += value * value;
      }
      const scale = squared > 0 ? 1 / Math.sqrt(squared) : 0;
      for (let d = 0; d < dim; d++) rows[start + d] = (rows[start + d] as number) * scale;
    }
    return rows;
  });
}

/** The temperature under which the labels at hand are most probable, each guessed from the others. */
function calibrate(centred: Float32Array, means: Means, labelled: readonly { row: number; place: number }[]): number {
  const dim = means.sums.length / means.counts.length;
  const step = Math.max(1, Math.ceil(labelled.length / maxCalibrated));
  const cases = labelled
    .filter(({ place }, i) => i % step === 0 && (means.counts[place] ?? 0) > 1)
    .map(({ row, place }) => ({ place, cosines: cosinesTo(means, rowAt(centred, row, dim), place) }));
  const fallback = temperatures[2] as number;
  if (cases.length < 4) return fallback;
  const fits = temperatures.map((temperature) =>
    cases.reduce((sum, { place, cosines }) => sum + Math.log(Math.max(1e-6, softmax(cosines, temperature)[place] as number)), 0),
  );
  return temperatures[fits.indexOf(Math.max(...fits))] ?? fallback;
}

/** Cosines with the mean of every class; an image's own part is taken out of the class `without`. */
function cosinesTo({ sums, counts }: Means, own: Float32Array, without: number | null): Float64Array {
  const dim = own.length;
  return Float64Array.from(counts, (_, place) => {
    let [product, length] = [0, 0];
    for (let d = 0; d < dim; d++) {
      const value = (sums[place * dim + d] as number) - (place === without ? (own[d] as number) : 0);
      product += value * (own[d] as number);
      length += value * value;
    }
    return length > 0 ? product / Math.sqrt(length) : 0;
  });
}

function rowAt(rows: Float32Array, row: number, dim: number): Float32Array {
  return rows.subarray(row * dim, (row + 1) * dim);
}

function softmax(values: Float64Array, temperature: number): Float64Array {
  const largest = values.reduce((most, value) => Math.max(most, value), -Infinity);
  const powers = values.map((value) => Math.exp((value - largest) / temperature));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
