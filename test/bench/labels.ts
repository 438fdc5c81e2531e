/** How accurate a classifier is for a number of labels: adapted or not, labels drawn at random or chosen, probe or fine-tuned. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { AppError } from '../../electron/contract/errors.ts';
import { DecodePool } from '../../electron/images/decode-pool.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import { loadWeights } from './base-weights.ts';
import { adaptations } from './label-adaptation.ts';
import type { AdaptationReport, AdaptationRequest } from './label-adaptation.ts';
import { LabelArms } from './label-arms.ts';
import type { ArmsRequest, CandidateSizes, UnadaptedSizes } from './label-arms.ts';
import { FeatureStore } from './label-features.ts';
import { armsOf, chosenMargins } from './label-report.ts';
import type { Arm, ChosenMargin } from './label-report.ts';
import { readLabelledFolder } from './labelled-folder.ts';
import type { LabelledFolder } from './labelled-folder.ts';
import { runPeer } from './peer.ts';
import type { PeerLine } from './peer.ts';
import { Stopwatch } from './progress.ts';
import type { BenchContext } from './progress.ts';

export interface LabelsRequest extends AdaptationRequest, Omit<ArmsRequest, 'numAdaptations'> {
  readonly folder: string;
  readonly base: string;
  /** Also run Teachable Machine's base as people use it today. */
  readonly withPeer: boolean;
}

export interface LabelsReport {
  readonly bench: 'labels';
  readonly dataset: string;
  readonly images: number;
  readonly pool: number;
  readonly test: number;
  readonly classes: number;
  readonly base: string;
  readonly labels: number;
  readonly seeds: number;
  readonly method: string;
  /** Null where weights adapted before were taken. */
  readonly budget: AdaptationRequest['budget'] | null;
  readonly px: number;
  readonly batch: number;
  readonly norm_only: boolean;
  readonly strategy: string;
  readonly flip: boolean;
  readonly finetune_steps: number;
  readonly adaptations: readonly AdaptationReport[];
  readonly sizes: {
    readonly unadapted: UnadaptedSizes & { readonly tried: readonly number[]; readonly how: string };
    readonly adapted: { readonly tried: readonly number[]; readonly guided_on: number; readonly how: string };
    readonly chosen: CandidateSizes & { readonly how: string };
  };
  readonly seconds: Readonly<Record<string, number>>;
  readonly arms: readonly Arm[];
  readonly margins: readonly ChosenMargin[];
  readonly peer: PeerLine | null;
  readonly peer_note: string | null;
}

/** Runs the protocol of the peer script with every arm. Throws `invalid-input` for a folder or sizes that it cannot be run with. */
export async function benchLabels(request: LabelsRequest, ctx: BenchContext): Promise<LabelsReport> {
  const startMs = performance.now();
  const watch = new Stopwatch();
  const folder = readLabelledFolder(request.folder);
  check(request, folder);
  const base = loadWeights(request.base);
  const executor = await createCompiledExecutor();
  const decoders = new DecodePool();
  const store = new FeatureStore({ folder, executor, flip: request.flip, watch, ctx, decoders });
  store.add('unadapted', base);
  const adapted = await adaptations(request, folder, base, executor, watch, ctx);
  adapted.forEach(({ weights }, i) => store.add(`adapted-${i}`, weights));

  const hashes = await watch.time('hash', () => hashesOf(folder));
  const arms = new LabelArms({ ...request, numAdaptations: adapted.length }, { folder, store, executor, decoders, hashes, watch, ctx });
  const unadapted = await arms.unadaptedSizes();
  const results = armsOf(await arms.results(unadapted.best));
  await decoders.close();
  const peer = await watch.time('peer', () => peerRow(request, ctx));
  return {
    bench: 'labels',
    dataset: basename(resolve(request.folder)),
    images: folder.names.length,
    pool: folder.pool.length,
    test: folder.test.length,
    classes: folder.classes.length,
    base: basename(request.base),
    labels: request.numLabels,
    seeds: request.numSeeds,
    method: request.method,
    budget: request.adapted.length > 0 ? null : request.budget,
    px: request.px,
    batch: request.batch,
    norm_only: request.normOnly,
    strategy: request.strategy,
    flip: request.flip,
    finetune_steps: request.finetuneSteps,
    adaptations: adapted.map(({ report }) => report),
    sizes: sizesReport(request, unadapted),
    seconds: { ...watch.seconds(), total: Math.round((performance.now() - startMs) / 100) / 10 },
    arms: results,
    margins: chosenMargins(results),
    peer: peer.line,
    peer_note: peer.note,
  };
}

function check({ numLabels, sizes, chosenSizes }: LabelsRequest, folder: LabelledFolder): void {
  if (folder.classes.length < 2)
    throw new AppError('invalid-input', 'Give a folder that holds one folder per class, at least two of them.');
  if (numLabels > folder.pool.length) {
    throw new AppError('invalid-input', `There are ${folder.pool.length} images to label; ask for ${folder.pool.length} labels at most.`);
  }
  if ([sizes.unadapted, sizes.adapted, chosenSizes.adapted].some((list) => list.length === 0)) {
    throw new AppError('invalid-input', 'Give at least one size for the unadapted and for the adapted features.');
  }
}

function hashesOf({ root, names, pool }: LabelledFolder): string[] {
  return Array.from(pool, (i) =>
    createHash('sha256')
      .update(readFileSync(join(root, names[i] ?? '')))
      .digest('hex'),
  );
}

function sizesReport({ sizes, chosenSizes }: LabelsRequest, unadapted: UnadaptedSizes): LabelsReport['sizes'] {
  return {
    unadapted: {
      tried: sizes.unadapted,
      ...unadapted,
      how: 'the best by accuracy on the test images, for each way of choosing labels: more than a user could know, in favour of the baseline',
    },
    adapted: {
      tried: sizes.adapted,
      guided_on: chosenSizes.adapted[0] ?? 0,
      how: 'by cross-validation on the labels at hand, for each seed; labels are chosen on the size under guided_on',
    },
    chosen: { ...chosenSizes, how: 'adapted or not and the size by cross-validation on the labels at hand, for each seed, as run does it' },
  };
}

async function peerRow(
  { withPeer, folder, numLabels, numSeeds }: LabelsRequest,
  ctx: BenchContext,
): Promise<{ line: PeerLine | null; note: string | null }> {
  if (!withPeer) return { line: null, note: 'left out; --peer runs it' };
  ctx.say('The peer, a frozen base and labels drawn at random');
  return await runPeer(
    'label_efficiency.py',
    [folder, '--base', 'teachable', '--labels', String(numLabels), '--seeds', String(numSeeds)],
    ctx.signal,
  );
}
