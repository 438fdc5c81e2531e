/** Adapting to the pool of a labelled folder, or taking up weights adapted before. */
import { readFileSync, writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import { AppError } from '../../electron/contract/errors.ts';
import { adapt } from '../../electron/learn/adapt.ts';
import type { AdaptMethod } from '../../electron/learn/methods.ts';
import type { PixelSource } from '../../electron/learn/pixel-source.ts';
import { loadBase, saveBase } from '../../electron/nn/base-model.ts';
import { storedPx } from '../../electron/services/intake/import-folder.ts';
import type { Executor } from '../../electron/tensor/program.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import type { BaseWeights } from './base-weights.ts';
import { rounded } from './figures.ts';
import { folderPixels } from './labelled-folder.ts';
import type { LabelledFolder } from './labelled-folder.ts';
import type { BenchContext, Stopwatch } from './progress.ts';

export interface AdaptationRequest {
  readonly method: AdaptMethod;
  readonly budget: { readonly minutes: number } | { readonly steps: number };
  readonly px: number;
  readonly batch: number;
  readonly normOnly: boolean;
  readonly numAdaptations: number;
  readonly saveAdapted: string | null;
  /** Files to take instead of adapting. */
  readonly adapted: readonly string[];
}

export type AdaptationReport =
  | { readonly from: string }
  | {
      readonly seed: number;
      readonly steps: number;
      readonly seconds: number;
      readonly images_per_s: number;
      readonly first_loss: number | null;
      readonly last_loss: number | null;
      /** The last look at the features' health. */
      readonly health: string | null;
    };

export interface Adaptation {
  readonly weights: BaseWeights;
  readonly report: AdaptationReport;
}

/** Images watched for collapse, as many as the app watches. */
const numProbe = 256;
const readBatch = 128;

/** The file of adaptation `index`: `name.safetensors`, or `name-0.safetensors` where there are several. */
export function adaptedFile(path: string, index: number, count: number): string {
  const extension = extname(path);
  return count === 1 ? path : `${path.slice(0, path.length - extension.length)}-${index}${extension}`;
}

/** Runs every adaptation asked for, each with its own seed, on the pool alone. */
export async function adaptations(
  request: AdaptationRequest,
  folder: LabelledFolder,
  base: BaseWeights,
  executor: Executor,
  watch: Stopwatch,
  ctx: BenchContext,
): Promise<Adaptation[]> {
  if (request.adapted.length > 0) return request.adapted.map((path) => readAdapted(path, base));
  const source = folderPixels(folder, Math.max(storedPx, request.px), true);
  await watch.time('decode', () => readAll(source, folder.pool, ctx));
  const done: Adaptation[] = [];
  for (let seed = 0; seed < request.numAdaptations; seed++) {
    ctx.say(`Adapting, ${seed + 1} of ${request.numAdaptations}`);
    const adaptation = await watch.time('adapt', () => adaptOnce(request, seed, { folder, base, executor, source, ctx }));
    if (request.saveAdapted !== null) {
      const { network, parameters } = adaptation.weights;
      writeFileSync(adaptedFile(request.saveAdapted, seed, request.numAdaptations), saveBase(network, parameters));
    }
    done.push(adaptation);
  }
  return done;
}

function readAdapted(path: string, base: BaseWeights): Adaptation {
  const { network, parameters } = loadBase(readFileSync(path));
  if (network.arch !== base.network.arch) {
    throw new AppError(
      'invalid-input',
      `${path} holds ${network.arch}, but the base is ${base.network.arch}. Give weights adapted from this base.`,
    );
  }
  return { weights: { network, parameters }, report: { from: path } };
}

/** Decodes the images once, so that no minute of adaptation goes to it: an import has done so before. */
async function readAll(source: PixelSource, images: Int32Array, { signal, onProgress }: BenchContext): Promise<void> {
  for (let at = 0; at < images.length; at += readBatch) {
    signal.throwIfAborted();
    await source.read(images.subarray(at, at + readBatch));
    onProgress({ phase: 'decode', done: Math.min(images.length, at + readBatch), total: images.length });
  }
}

async function adaptOnce(
  { method, budget, px, batch, normOnly }: AdaptationRequest,
  seed: number,
  on: { folder: LabelledFolder; base: BaseWeights; executor: Executor; source: PixelSource; ctx: BenchContext },
): Promise<Adaptation> {
  const { folder, base, executor, source, ctx } = on;
  const order = createRandom(seed).permutation(folder.pool.length);
  const result = await adapt({
    ...base,
    method,
    px,
    batch,
    seed,
    normOnly,
    budget,
    executor,
    source,
    images: folder.pool,
    probe: order.slice(0, numProbe).map((position) => folder.pool[position] ?? 0),
    clock: () => performance.now(),
    ctx,
  });
  const loss = (at: number): number | null => {
    const value = result.curves.at(at)?.values['loss'];
    return value === undefined ? null : rounded(value, 4);
  };
  const seconds = result.elapsedMs / 1e3;
  return {
    weights: { network: base.network, parameters: result.parameters },
    report: {
      seed,
      steps: result.numSteps,
      seconds: rounded(seconds, 1),
      images_per_s: rounded((result.numSteps * Math.min(batch, folder.pool.length)) / seconds, 1),
      first_loss: loss(0),
      last_loss: loss(-1),
      health: result.health.at(-1)?.verdict ?? null,
    },
  };
}
