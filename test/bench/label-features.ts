/** Features of a labelled folder, computed once for every network and size. */
import { embed } from '../../electron/learn/embed.ts';
import type { Executor } from '../../electron/tensor/program.ts';
import type { BaseWeights } from './base-weights.ts';
import type { DecodePool } from '../../electron/images/decode-pool.ts';
import { folderPixels } from './labelled-folder.ts';
import type { LabelledFolder } from './labelled-folder.ts';
import type { BenchContext, Stopwatch } from './progress.ts';

/** `unadapted`, or `adapted-0`, `adapted-1`, ... */
export type WeightsName = 'unadapted' | `adapted-${number}`;

/** Features at one size, divided as the folder is. */
export interface FeatureSet {
  readonly weights: WeightsName;
  readonly px: number;
  readonly dim: number;
  /** [pool, dim] in the order of `folder.pool`. */
  readonly pool: Float32Array;
  /** [test, dim] in the order of `folder.test`. */
  readonly test: Float32Array;
}

export interface FeatureOptions {
  readonly folder: LabelledFolder;
  readonly executor: Executor;
  readonly decoders: DecodePool;
  /** Average features with those of the mirror image. */
  readonly flip: boolean;
  readonly watch: Stopwatch;
  readonly ctx: BenchContext;
}

/** Rows `rows` of `values` [N, dim]. */
export function takeRows(values: Float32Array, rows: Int32Array, dim: number): Float32Array {
  const taken = new Float32Array(rows.length * dim);
  rows.forEach((row, at) => taken.set(values.subarray(row * dim, (row + 1) * dim), at * dim));
  return taken;
}

export class FeatureStore {
  readonly #options: FeatureOptions;
  readonly #weights = new Map<WeightsName, BaseWeights>();
  readonly #sets = new Map<string, FeatureSet>();

  constructor(options: FeatureOptions) {
    this.#options = options;
  }

  add(name: WeightsName, weights: BaseWeights): void {
    this.#weights.set(name, weights);
  }

  weights(name: WeightsName): BaseWeights {
    const weights = this.#weights.get(name);
    if (weights === undefined) throw new Error(`No weights are called ${name}.`);
    return weights;
  }

  /** Decodes image by image and keeps no pixels: 4,800 squares of 224 px would be 722 MB. */
  async get(name: WeightsName, px: number): Promise<FeatureSet> {
    const key = `${name} ${px}`;
    const known = this.#sets.get(key);
    if (known !== undefined) return known;
    const { folder, executor, flip, watch, ctx, decoders } = this.#options;
    const weights = this.weights(name);
    ctx.say(`Features of the ${name} network at ${px} px`);
    const source = folderPixels(folder, px, false, decoders.read);
    const all = await watch.time('embed', () => embed({ ...weights, source, executor, flip, ctx }));
    const dim = weights.network.numFeatures;
    const set = { weights: name, px, dim, pool: takeRows(all, folder.pool, dim), test: takeRows(all, folder.test, dim) };
    this.#sets.set(key, set);
    return set;
  }
}
