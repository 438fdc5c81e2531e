/** `bench calibration`: what temperature scaling does to made-up classifiers, and whether the threshold for "none of these" keeps its promise. */
import { guaranteedThreshold } from '../../electron/learn/abstain.ts';
import { atTemperature, fitTemperature, reliability } from '../../electron/learn/calibration.ts';
import { logLoss, predictedClasses } from '../../electron/learn/metrics.ts';
import { fitProbe, predictProbe } from '../../electron/learn/probe.ts';
import type { Random } from '../../electron/tensor/random.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { drawImages, makeWorld, takeImages, typicalRows } from './interval-draws.ts';
import type { Images } from './interval-draws.ts';

export interface CalibrationRequest {
  /** Made-up projects a setting. */
  readonly draws: number;
  readonly seed: number;
}

export interface CalibrationRow {
  readonly setting: string;
  readonly labels: 'at random' | 'typical ones';
  readonly numLabels: number;
  readonly temperature: number;
  /** Expected calibration error on fresh images, before and after. */
  readonly errorBefore: number;
  readonly errorAfter: number;
  /** In nats, on fresh images. */
  readonly logLossBefore: number;
  readonly logLossAfter: number;
}

export interface AbstainRow {
  readonly setting: string;
  readonly numAudit: number;
  readonly maxRisk: number;
  /** Share of the projects in which the risk could be promised. */
  readonly promised: number;
  /** Of those, on fresh images: the share answered, and the share of wrong answers. */
  readonly coverage: number;
  readonly risk: number;
  /** Share of all projects in which the risk was promised and is larger: at most 5 % is what the promise says. */
  readonly broken: number;
}

export interface CalibrationReport extends CalibrationRequest {
  readonly rows: readonly CalibrationRow[];
  readonly thresholds: readonly AbstainRow[];
}

interface Setting {
  readonly name: string;
  readonly labels: CalibrationRow['labels'];
  readonly numLabels: number;
  readonly distance: number;
}

const settings: readonly Setting[] = [
  { name: 'easy', labels: 'at random', numLabels: 100, distance: 3 },
  { name: 'hard', labels: 'at random', numLabels: 100, distance: 1.2 },
  { name: 'easy', labels: 'typical ones', numLabels: 100, distance: 3 },
  { name: 'hard', labels: 'typical ones', numLabels: 100, distance: 1.2 },
];

const promises = [
  { numAudit: 100, maxRisk: 0.1 },
  { numAudit: 100, maxRisk: 0.2 },
  { numAudit: 300, maxRisk: 0.05 },
  { numAudit: 300, maxRisk: 0.1 },
] as const;

const dim = 16;
const numClasses = 4;
const numPool = 1500;
const numFresh = 4000;
const strengths = [1e4, 1e3, 1e2, 1e1, 1];

interface Scored {
  readonly confidence: Float64Array;
  readonly correct: Float64Array;
}

/** Means over the draws of every setting. */
export async function benchCalibration({ draws, seed }: CalibrationRequest, signal?: AbortSignal): Promise<CalibrationReport> {
  const rows: CalibrationRow[] = [];
  const thresholds: AbstainRow[] = [];
  for (const [at, setting] of settings.entries()) {
    const random = createRandom(seed + 1000 * at);
    const sums = { temperature: 0, errorBefore: 0, errorAfter: 0, logLossBefore: 0, logLossAfter: 0 };
    const kept = promises.map(() => ({ promised: 0, coverage: 0, risk: 0, broken: 0 }));
    for (let draw = 0; draw < draws; draw++) {
      signal?.throwIfAborted();
      const { temperature, predict, fresh, audit } = await oneProject(setting, random);
      const before = predict(fresh, 1);
      const after = predict(fresh, temperature);
      const scores = scored(fresh, after);
      sums.temperature += temperature / draws;
      sums.errorBefore += errorOf(scored(fresh, before)) / draws;
      sums.errorAfter += errorOf(scores) / draws;
      sums.logLossBefore += logLoss(fresh.labels, before, numClasses) / draws;
      sums.logLossAfter += logLoss(fresh.labels, after, numClasses) / draws;
      promises.forEach(({ numAudit, maxRisk }, i) => {
        const measured = audit(numAudit);
        const { confidence, correct } = scored(measured, predict(measured, temperature));
        const rule = guaranteedThreshold(confidence, correct, { maxRisk });
        const tally = kept[i];
        if (rule === null || tally === undefined) return;
        const { coverage, risk } = onFresh(scores, rule.minProbability);
        tally.promised += 1;
        tally.coverage += coverage;
        tally.risk += risk;
        tally.broken += risk > maxRisk ? 1 : 0;
      });
    }
    rows.push({ setting: setting.name, labels: setting.labels, numLabels: setting.numLabels, ...sums });
    promises.forEach(({ numAudit, maxRisk }, i) => {
      const { promised = 0, coverage = 0, risk = 0, broken = 0 } = kept[i] ?? {};
      const mean = (sum: number): number => sum / Math.max(1, promised);
      const name = `${setting.name}, ${setting.labels}`;
      thresholds.push({
        ...{ setting: name, numAudit, maxRisk, promised: promised / draws },
        ...{ coverage: mean(coverage), risk: mean(risk), broken: broken / draws },
      });
    });
  }
  return { draws, seed, rows, thresholds };
}

async function oneProject({ labels, numLabels, distance }: Setting, random: Random) {
  const world = makeWorld({ numClasses, kindsPerClass: 3, dim, distance }, random);
  const pool = drawImages(world, numPool, random);
  const chosen = labels === 'at random' ? Array.from({ length: numLabels }, (_, i) => i) : typicalRows(pool, world, numLabels);
  const training = takeImages(pool, chosen, dim);
  const { model, crossValidation } = await fitProbe({ ...training, numClasses, reference: pool.features, strengths });
  const repeats = crossValidation?.probabilities.map((probabilities) => ({ labels: training.labels, probabilities })) ?? [];
  return {
    // As the app does with images that somebody chose.
    temperature: fitTemperature(repeats, numClasses, labels === 'typical ones' ? 1 : undefined),
    predict: (images: Images, temperature: number): Float32Array =>
      atTemperature(predictProbe(model, images.features), numClasses, temperature),
    fresh: drawImages(world, numFresh, random),
    audit: (count: number): Images => drawImages(world, count, random),
  };
}

function scored({ labels }: Images, probabilities: Float32Array): Scored {
  const predicted = predictedClasses(probabilities, numClasses);
  return {
    confidence: Float64Array.from(predicted, (label, i) => probabilities[i * numClasses + label] ?? 0),
    correct: Float64Array.from(predicted, (label, i) => (label === labels[i] ? 1 : 0)),
  };
}

const errorOf = ({ confidence, correct }: Scored): number => reliability(confidence, correct).error;

/** Of fresh images, the share answered and the share of wrong answers. */
function onFresh({ confidence, correct }: Scored, minProbability: number): { readonly coverage: number; readonly risk: number } {
  const answered = Array.from(confidence.keys()).filter((i) => (confidence[i] ?? 0) >= minProbability);
  const numRight = answered.reduce((sum, i) => sum + (correct[i] ?? 0), 0);
  return { coverage: answered.length / confidence.length, risk: 1 - numRight / Math.max(1, answered.length) };
}
