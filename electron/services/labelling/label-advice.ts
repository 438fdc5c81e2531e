/** Am I done? The learning curve of the labels at hand, advice on whether to stop, and which class needs labels most. */
import { z } from 'zod';
import type { ClassNeedView, LabelAdviceView } from '../../contract/domain.ts';
import { AppError } from '../../contract/errors.ts';
import type { RunContext } from '../../contract/progress.ts';
import { crossValidate } from '../../learn/cross-validation.ts';
import { repeatedFolds } from '../../learn/folds.ts';
import type { Interval } from '../../learn/intervals.ts';
import { forecastLabels } from '../../learn/label-forecast.ts';
import type { LabelForecast } from '../../learn/label-forecast.ts';
import { measureCurve } from '../../learn/learning-curve.ts';
import { predictedClasses } from '../../learn/metrics.ts';
import { adviseStop, classNeeds } from '../../learn/stop-advice.ts';
import type { ClassNeed, StopFacts } from '../../learn/stop-advice.ts';
import { readCheck } from '../classifiers/check.ts';
import type { Workspace } from '../workspace.ts';
import { adviceWords } from './advice-words.ts';
import { labelledProbe, newestClassifier } from './labelled-probe.ts';
import type { LabelledProbe } from './labelled-probe.ts';
import { labelsKey } from './labels-key.ts';
import { predictRounds, predictionSteadiness } from './prediction-steadiness.ts';

export interface AdviceOptions {
  /** How many further labels to look ahead; 50 unless told. */
  readonly horizon?: number;
  /** How wide the accuracy's interval may be; .1 unless told. */
  readonly targetWidth?: number;
  readonly seed?: number;
}

const kind = 'label-advice';
const goneColour = '#808080';

const interval = z.object({ estimate: z.number(), low: z.number(), high: z.number() });
const storedSchema = z.object({
  labels: z.string(),
  advice: z.object({
    numLabels: z.number(),
    verdict: z.enum(['too-early', 'go-on', 'stop']),
    headline: z.string(),
    words: z.string(),
    forecast: z
      .object({
        measured: z.array(z.object({ numLabels: z.number(), accuracy: z.number() })),
        curve: z.array(interval.extend({ numLabels: z.number() })),
        horizon: z.number(),
        now: interval,
        next: interval,
        gain: interval,
      })
      .nullable(),
    steadiness: z.array(z.number()),
    needs: z.array(z.object({ classId: z.number(), numLabels: z.number(), recall: z.number().nullable(), share: z.number() })),
  }),
});

/** Works the advice out from the labels as they are, and keeps it with the newest classifier. Throws `conflict` where there is none. */
export async function adviseLabels(workspace: Workspace, options: AdviceOptions, ctx: RunContext): Promise<LabelAdviceView> {
  const { horizon = 50, targetWidth = 0.1, seed = 0 } = options;
  const probe = await labelledProbe(workspace);
  const labels = labelsKey(workspace);
  const { span, numClasses, ...task } = { ...probe, numClasses: probe.classIds.length };
  const curve = await measureCurve({ span, numClasses, ...task, seed }, ctx);
  const forecast = curve === null ? null : forecastLabels(curve, { horizon, seed });
  await predictRounds(workspace, ctx);
  const steadiness = predictionSteadiness(workspace);
  const counts = workspace.project.classes.list().map(({ id }) => {
    const at = probe.classIds.indexOf(id);
    return at < 0 ? 0 : probe.labels.reduce((sum, label) => sum + Number(label === at), 0);
  });
  const facts: StopFacts = {
    numLabels: probe.labels.length,
    counts,
    steadiness,
    accuracy: presentAccuracy(workspace, forecast),
    gain: forecast?.gain ?? null,
    horizon,
    targetWidth,
  };
  const needs = await needsOf(workspace, probe, counts, seed, ctx);
  const advice = {
    numLabels: facts.numLabels,
    ...adviceWords(adviseStop(facts), facts, classNames(workspace, counts)),
    forecast: forecast && viewOf(forecast),
    steadiness,
    needs: needs.map(({ classIndex, ...need }) => ({ classId: workspace.project.classes.list()[classIndex]?.id ?? 0, ...need })),
  };
  workspace.project.analyses.put({ kind, modelId: probe.classifier.id, params: {} }, { summary: { labels, advice } });
  const found = readAdvice(workspace);
  if (found === null) throw new AppError('internal', 'The advice was kept in a form that cannot be read.');
  return found;
}

/** The advice kept with the newest classifier, or null. */
export function readAdvice(workspace: Workspace): LabelAdviceView | null {
  const classifier = newestClassifier(workspace);
  const found = classifier === null ? null : workspace.project.analyses.latest(kind, classifier.id);
  const stored = storedSchema.safeParse(found?.summary);
  if (classifier === null || found === null || !stored.success) return null;
  const { advice, labels } = stored.data;
  const known = new Map(workspace.project.classes.list().map((each) => [each.id, each] as const));
  return {
    modelId: classifier.id,
    createdAt: found.createdAt,
    isStale: labels !== labelsKey(workspace),
    ...advice,
    needs: advice.needs.flatMap((need): ClassNeedView[] => {
      const own = known.get(need.classId);
      return own === undefined ? [] : [{ ...need, name: own.name, colour: own.colour === '' ? goneColour : own.colour }];
    }),
  };
}

/** From images kept apart where the check of these labels was on those, else from the curve. */
function presentAccuracy(workspace: Workspace, forecast: LabelForecast | null): Interval | null {
  const check = readCheck(workspace);
  return check !== null && !check.isStale && check.basis === 'held-out' ? check.accuracy : (forecast?.now ?? null);
}

function viewOf({ measured, curve, horizon, now, next, gain }: LabelForecast): LabelAdviceView['forecast'] {
  return { measured, curve, horizon, now, next, gain };
}

function classNames({ project }: Workspace, counts: readonly number[]): readonly { readonly name: string; readonly numLabels: number }[] {
  return project.classes.list().map(({ name }, i) => ({ name, numLabels: counts[i] ?? 0 }));
}

/** By predictions of every labelled image from fits that did not see it; positions among the project's classes. */
async function needsOf(
  workspace: Workspace,
  probe: LabelledProbe,
  counts: readonly number[],
  seed: number,
  ctx: RunContext,
): Promise<ClassNeed[]> {
  const { span, labels, classIds, sampleWeights, groups, strength } = probe;
  const numClasses = classIds.length;
  const all = workspace.project.classes.list().map(({ id }) => id);
  const place = (k: number): number => all.indexOf(classIds[k] ?? -1);
  if (new Set(groups).size < 2) return classNeeds(counts, new Int32Array(), new Int32Array());
  const repeats = repeatedFolds(labels, { numFolds: 5, numRepeats: 3, seed, groups });
  const found = await crossValidate({ span, labels, numClasses, sampleWeights, repeats, strengths: [strength] }, ctx);
  const [truth, predicted] = [[] as number[], [] as number[]];
  found?.probabilities.forEach((p, r) => {
    const guesses = predictedClasses(p, numClasses);
    labels.forEach((label, row) => {
      if (found.scored[r]?.[row] !== 1) return;
      truth.push(place(label));
      predicted.push(place(guesses[row] ?? 0));
    });
  });
  return classNeeds(counts, Int32Array.from(truth), Int32Array.from(predicted));
}
