/** From single results to the figures of an arm. */
import { mean, rounded, standardDeviation } from './figures.ts';
import type { WeightsName } from './label-features.ts';

export const featureArms = ['unadapted', 'adapted', 'chosen'] as const;
export type FeatureArm = (typeof featureArms)[number];
export const selections = ['random', 'guided'] as const;
export type Selection = (typeof selections)[number];
export type ClassifierKind = 'probe' | 'finetuned';

/** On the test images. */
export interface Score {
  readonly accuracy: number;
  readonly macroF1: number;
  readonly logLoss: number;
}

/** One classifier, trained on the labels of one seed. */
export interface ArmResult extends Score {
  readonly features: FeatureArm;
  readonly selection: Selection;
  readonly classifier: ClassifierKind;
  readonly seed: number;
  /** Which features it stands on. */
  readonly weights: WeightsName;
  readonly px: number;
  /** False for a fine-tuned arm that stayed a probe for want of labels in a class, as `run` does it. */
  readonly isFinetuned: boolean;
}

/** Means over the seeds. */
export interface Arm {
  readonly features: FeatureArm;
  readonly selection: Selection;
  readonly classifier: ClassifierKind;
  readonly accuracy: number;
  /** Of the accuracy over the seeds, dividing by their number, as the peer's. */
  readonly sd: number;
  readonly macro_f1: number;
  readonly log_loss: number;
  /** By seed. */
  readonly accuracies: readonly number[];
  readonly px: readonly number[];
  readonly weights: readonly WeightsName[];
  readonly num_finetuned: number;
}

/** The results grouped into arms, in the order of their first results. */
export function armsOf(results: readonly ArmResult[]): Arm[] {
  const keyOf = ({ features, selection, classifier }: ArmResult): string => `${features} ${selection} ${classifier}`;
  return [...Map.groupBy(results, keyOf).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const accuracies = group.map((result) => result.accuracy);
    return [
      {
        features: first.features,
        selection: first.selection,
        classifier: first.classifier,
        accuracy: rounded(mean(accuracies), 4),
        sd: rounded(standardDeviation(accuracies), 4),
        macro_f1: rounded(mean(group.map((result) => result.macroF1)), 4),
        log_loss: rounded(mean(group.map((result) => result.logLoss)), 4),
        accuracies: accuracies.map((value) => rounded(value, 4)),
        px: group.map((result) => result.px),
        weights: group.map((result) => result.weights),
        num_finetuned: group.filter((result) => result.isFinetuned).length,
      },
    ];
  });
}

/** How the chosen features compare with the better of the unadapted and the adapted ones. */
export interface ChosenMargin {
  readonly selection: Selection;
  readonly classifier: ClassifierKind;
  /** Accuracy of `chosen` minus the larger accuracy of the two others. */
  readonly chosen_minus_better: number;
}

export function chosenMargins(arms: readonly Arm[]): ChosenMargin[] {
  return arms
    .filter((arm) => arm.features === 'chosen')
    .map(({ selection, classifier, accuracy }) => {
      const others = arms.filter((arm) => arm.features !== 'chosen' && arm.selection === selection && arm.classifier === classifier);
      return { selection, classifier, chosen_minus_better: rounded(accuracy - Math.max(...others.map((arm) => arm.accuracy)), 4) };
    });
}

/** The size of the largest accuracy, the first of equals. */
export function bestSize(accuracies: Readonly<Record<number, number>>, sizes: readonly number[]): number {
  const of = (px: number): number => accuracies[px] ?? -Infinity;
  return sizes.reduce((top, px) => (of(px) > of(top) ? px : top), sizes[0] ?? 0);
}
