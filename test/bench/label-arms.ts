/** Every arm of label efficiency: which images are labelled, which features are used, which classifier is trained. */
import type { RunContext } from '../../electron/contract/progress.ts';
import type { ClassifierHead } from '../../electron/learn/classifier.ts';
import { predict } from '../../electron/learn/embed.ts';
import { finetune } from '../../electron/learn/finetune.ts';
import { accuracy, logLoss, macroF1, predictedClasses } from '../../electron/learn/metrics.ts';
import { fitProbe, predictProbe } from '../../electron/learn/probe.ts';
import { compareFeatures } from '../../electron/learn/verdict.ts';
import { storedPx } from '../../electron/services/intake/import-folder.ts';
import { chooseImages } from '../../electron/services/labelling/choose-images.ts';
import type { Strategy } from '../../electron/services/labelling/choose-images.ts';
import { finetuneBatch, finetunePx, headOf, minLabelsPerClass } from '../../electron/services/classifiers/train-classifier.ts';
import type { Executor } from '../../electron/tensor/program.ts';
import { mean, rounded } from './figures.ts';
import { takeRows } from './label-features.ts';
import type { FeatureSet, FeatureStore, WeightsName } from './label-features.ts';
import { bestSize, featureArms, selections } from './label-report.ts';
import type { ArmResult, FeatureArm, Score, Selection } from './label-report.ts';
import type { DecodePool } from '../../electron/images/decode-pool.ts';
import { drawRandom, folderPixels } from './labelled-folder.ts';
import type { LabelledFolder } from './labelled-folder.ts';
import type { BenchContext, Stopwatch } from './progress.ts';

/** Sizes of features to choose among by cross-validation on the labels. */
export interface CandidateSizes {
  readonly unadapted: readonly number[];
  readonly adapted: readonly number[];
}

export interface ArmsRequest {
  readonly numLabels: number;
  readonly numSeeds: number;
  /** Of the labels' seeds, seed s is given adaptation s modulo this. */
  readonly numAdaptations: number;
  readonly strategy: Strategy;
  /** The unadapted arms get the best of `unadapted` by test accuracy, the adapted arms the best of `adapted` by cross-validation. */
  readonly sizes: CandidateSizes;
  /** What the chosen arms choose among. */
  readonly chosenSizes: CandidateSizes;
  readonly finetuneSteps: number;
  /** Side of the views when fine-tuning; that of the features where null. */
  readonly finetunePx: number | null;
  readonly flip: boolean;
}

export interface ArmsGround {
  readonly folder: LabelledFolder;
  readonly store: FeatureStore;
  readonly executor: Executor;
  readonly decoders: DecodePool;
  /** Of the pool's files, so that copies are known. */
  readonly hashes: readonly string[];
  readonly watch: Stopwatch;
  readonly ctx: BenchContext;
}

/** Mean test accuracy of the unadapted probe by size, and the size each selection is given for it. */
export interface UnadaptedSizes {
  readonly accuracies: Readonly<Record<Selection, Readonly<Record<number, number>>>>;
  readonly best: Readonly<Record<Selection, number>>;
}

/** Positions in the pool of the images to be labelled. */
type Picks = Int32Array;

export class LabelArms {
  readonly #request: ArmsRequest;
  readonly #ground: ArmsGround;
  readonly #poolLabels: Int32Array;
  readonly #testLabels: Int32Array;
  /** For steps of a second or two, whose phases would only clutter the screen. */
  readonly #quiet: RunContext;
  readonly #picks = new Map<string, Promise<Picks>>();
  readonly #finetuned = new Map<string, Promise<{ score: Score; isFinetuned: boolean }>>();

  constructor(request: ArmsRequest, ground: ArmsGround) {
    const { pool, test, labels } = ground.folder;
    this.#request = request;
    this.#quiet = { signal: ground.ctx.signal, onProgress: () => undefined };
    this.#ground = ground;
    this.#poolLabels = pool.map((i) => labels[i] ?? 0);
    this.#testLabels = test.map((i) => labels[i] ?? 0);
  }

  /** Tries every size, so that the baseline is not held back by a size that suits it badly. */
  async unadaptedSizes(): Promise<UnadaptedSizes> {
    const { sizes, numSeeds } = this.#request;
    const tried = async (selection: Selection): Promise<Record<number, number>> => {
      const accuracies: Record<number, number> = {};
      for (const px of sizes.unadapted) {
        const set = await this.#ground.store.get('unadapted', px);
        const scores: number[] = [];
        for (let seed = 0; seed < numSeeds; seed++)
          scores.push((await this.#probe(set, await this.#pick(selection, set, seed), seed)).score.accuracy);
        accuracies[px] = rounded(mean(scores), 4);
      }
      return accuracies;
    };
    const accuracies = { random: await tried('random'), guided: await tried('guided') };
    const best = (selection: Selection): number => bestSize(accuracies[selection], sizes.unadapted);
    return { accuracies, best: { random: best('random'), guided: best('guided') } };
  }

  /** One result per arm and seed, given the sizes of the unadapted arms. */
  async results(unadaptedPx: Readonly<Record<Selection, number>>): Promise<ArmResult[]> {
    const { numSeeds, finetuneSteps } = this.#request;
    const { ctx } = this.#ground;
    const probes: ArmResult[] = [];
    const finetuned: ArmResult[] = [];
    for (const features of featureArms) {
      for (const selection of selections) {
        for (let seed = 0; seed < numSeeds; seed++) {
          ctx.signal.throwIfAborted();
          ctx.say(`${features}, ${selection} labels, seed ${seed}`);
          const { set, picks } = await this.#features(features, selection, seed, unadaptedPx[selection]);
          const arm = { features, selection, seed, weights: set.weights, px: set.px };
          const { score, head } = await this.#probe(set, picks, seed);
          probes.push({ ...arm, classifier: 'probe', isFinetuned: false, ...score });
          if (finetuneSteps === 0) continue;
          const tuned = await this.#finetune(set, picks, seed, { score, head });
          finetuned.push({ ...arm, classifier: 'finetuned', isFinetuned: tuned.isFinetuned, ...tuned.score });
        }
      }
    }
    return [...probes, ...finetuned];
  }

  /** Features and labels of an arm. Labels are chosen on adapted features of the first size, before any label could tell which is best. */
  async #features(
    features: FeatureArm,
    selection: Selection,
    seed: number,
    unadaptedPx: number,
  ): Promise<{ set: FeatureSet; picks: Picks }> {
    const { sizes, chosenSizes, numAdaptations } = this.#request;
    const { store } = this.#ground;
    if (features === 'unadapted') {
      const set = await store.get('unadapted', unadaptedPx);
      return { set, picks: await this.#pick(selection, set, seed) };
    }
    const adapted: WeightsName = `adapted-${seed % numAdaptations}`;
    const { adapted: adaptedSizes, unadapted } = features === 'adapted' ? { adapted: sizes.adapted, unadapted: [] } : chosenSizes;
    const candidates: FeatureSet[] = [];
    for (const px of adaptedSizes) candidates.push(await store.get(adapted, px));
    for (const px of unadapted) candidates.push(await store.get('unadapted', px));
    const picks = await this.#pick(selection, await store.get(adapted, chosenSizes.adapted[0] ?? 0), seed);
    return { set: await this.#choose(candidates, picks, seed), picks };
  }

  #pick(selection: Selection, set: FeatureSet, seed: number): Promise<Picks> {
    const key = selection === 'random' ? `random ${seed}` : `${set.weights} ${set.px} ${seed}`;
    const known = this.#picks.get(key);
    if (known !== undefined) return known;
    const picks = this.#ground.watch.time('select', () => (selection === 'random' ? this.#drawRandom(seed) : this.#pickGuided(set, seed)));
    this.#picks.set(key, picks);
    return picks;
  }

  #drawRandom(seed: number): Picks {
    const { folder } = this.#ground;
    const positions = new Map(Array.from(folder.pool, (image, position) => [image, position] as const));
    return drawRandom(folder, seed, this.#request.numLabels).map((image) => positions.get(image) ?? 0);
  }

  async #pickGuided(set: FeatureSet, seed: number): Promise<Picks> {
    const { folder, executor, hashes } = this.#ground;
    const { strategy, numLabels } = this.#request;
    const { suggestions } = await chooseImages(
      {
        features: set.pool,
        numImages: folder.pool.length,
        numDims: set.dim,
        labelled: new Int32Array(0),
        budget: numLabels,
        strategy,
        seed,
        hashes,
      },
      executor,
      this.#quiet,
    );
    return suggestions.indices;
  }

  #labels(picks: Picks): Int32Array {
    return picks.map((position) => this.#poolLabels[position] ?? 0);
  }

  /** As `run` does it: cross-validation on the labels at hand. */
  async #choose(candidates: readonly FeatureSet[], picks: Picks, seed: number): Promise<FeatureSet> {
    const { folder, watch } = this.#ground;
    const comparison = await watch.time('compare', () =>
      compareFeatures(
        {
          candidates: candidates.map((set) => ({
            name: `${set.weights}, ${set.px} px`,
            adapted: set.weights !== 'unadapted',
            features: takeRows(set.pool, picks, set.dim),
            reference: set.pool,
          })),
          labels: this.#labels(picks),
          numClasses: folder.classes.length,
          seed,
        },
        this.#quiet,
      ),
    );
    return candidates[comparison.chosen] as FeatureSet;
  }

  async #probe(set: FeatureSet, picks: Picks, seed: number): Promise<{ score: Score; head: ClassifierHead }> {
    const { folder, watch } = this.#ground;
    return await watch.time('probe', async () => {
      const features = takeRows(set.pool, picks, set.dim);
      const { model } = await fitProbe(
        { features, labels: this.#labels(picks), numClasses: folder.classes.length, reference: set.pool, seed },
        this.#quiet,
      );
      return { score: this.#score(predictProbe(model, set.test)), head: headOf(model) };
    });
  }

  #score(probabilities: Float32Array): Score {
    const numClasses = this.#ground.folder.classes.length;
    const predicted = predictedClasses(probabilities, numClasses);
    return {
      accuracy: accuracy(this.#testLabels, predicted),
      macroF1: macroF1(this.#testLabels, predicted, numClasses),
      logLoss: logLoss(this.#testLabels, probabilities, numClasses),
    };
  }

  /** Once for the same network, size and labels: the chosen arm mostly is one of the others. */
  #finetune(
    set: FeatureSet,
    picks: Picks,
    seed: number,
    probe: { readonly score: Score; readonly head: ClassifierHead },
  ): Promise<{ score: Score; isFinetuned: boolean }> {
    const labels = this.#labels(picks);
    const counts = new Map(Array.from(labels, (label) => [label, labels.filter((other) => other === label).length] as const));
    if (Math.min(...counts.values()) < minLabelsPerClass) return Promise.resolve({ score: probe.score, isFinetuned: false });
    const key = `${set.weights} ${set.px} ${seed} ${picks.join()}`;
    const known = this.#finetuned.get(key);
    if (known !== undefined) return known;
    const tuned = this.#ground.watch.time('finetune', async () => ({
      score: await this.#finetuneOnce(set, picks, seed, probe.head),
      isFinetuned: true,
    }));
    this.#finetuned.set(key, tuned);
    return tuned;
  }

  async #finetuneOnce(set: FeatureSet, picks: Picks, seed: number, head: ClassifierHead): Promise<Score> {
    const { folder, store, executor, ctx } = this.#ground;
    const { finetuneSteps, flip } = this.#request;
    const px = this.#request.finetunePx ?? finetunePx(set.px);
    ctx.say(`Fine-tuning the ${set.weights} network at ${px} px, seed ${seed}`);
    const { network, parameters } = store.weights(set.weights);
    const tuned = await finetune({
      network,
      parameters,
      head,
      images: picks.map((position) => folder.pool[position] ?? 0),
      labels: this.#labels(picks),
      px,
      batch: finetuneBatch,
      seed,
      budget: { steps: finetuneSteps },
      executor,
      source: folderPixels(folder, Math.max(storedPx, px), true),
      clock: () => performance.now(),
      ctx,
    });
    const source = folderPixels(folder, set.px, false, this.#ground.decoders.read);
    const test = { images: folder.test, source, executor, flip, ctx };
    return this.#score(await predict({ network, parameters: tuned.parameters, head: tuned.head, ...test }));
  }
}
