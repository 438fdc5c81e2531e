/** Features of a labelled folder, kept in a work folder from one run to the next. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { DecodePool } from '../../electron/images/decode-pool.ts';
import type { Executor } from '../../electron/tensor/program.ts';
import { loadWeights } from './base-weights.ts';
import { FeatureStore } from './label-features.ts';
import type { FeatureSet } from './label-features.ts';
import type { LabelledFolder } from './labelled-folder.ts';
import type { BenchContext, Stopwatch } from './progress.ts';

export interface KeptFeatures {
  /** Says which images, network and size, so that figures of others are not taken for these. */
  readonly key: string;
  readonly set: Pick<FeatureSet, 'dim' | 'pool' | 'test'>;
}

export interface KeptFeaturesRequest {
  readonly base: string;
  readonly px: number;
  readonly workDir: string;
}

/** Computes the features where the work folder has none of these images, weights and size. */
export async function keptFeatures(
  folder: LabelledFolder,
  { base, px, workDir }: KeptFeaturesRequest,
  on: { readonly executor: Executor; readonly watch: Stopwatch; readonly ctx: BenchContext },
): Promise<KeptFeatures> {
  const weights = loadWeights(base);
  const hash = createHash('sha256').update(folder.names.join('\n')).update(String(px));
  hash.update(existsSync(base) ? readFileSync(base) : base);
  const key = `${basename(resolve(folder.root))}-${px}px-${hash.digest('hex').slice(0, 12)}`;
  const path = join(workDir, `${key}.f32`);
  const dim = weights.network.numFeatures;
  if (!existsSync(path)) {
    const decoders = new DecodePool();
    const store = new FeatureStore({ folder, executor: on.executor, flip: false, watch: on.watch, ctx: on.ctx, decoders });
    store.add('unadapted', weights);
    const set = await store.get('unadapted', px);
    await decoders.close();
    mkdirSync(workDir, { recursive: true });
    writeFileSync(`${path}.part`, Buffer.concat([bytesOf(set.pool), bytesOf(set.test)]));
    renameSync(`${path}.part`, path);
  }
  const bytes = readFileSync(path);
  const all = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const numPool = folder.pool.length * dim;
  return { key, set: { dim, pool: all.slice(0, numPool), test: all.slice(numPool) } };
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
