/** How far labelling has come: what is enough to train, and which class needs more. */
import type { ClassView } from '../../../electron/contract/domain.ts';

/** Fewer labels of a class teach little about it. */
export const labelsPerClass = 10;
/** With fewer, an honest check has an interval too wide to decide anything. */
export const labelsForCheck = 30;

export interface Goal {
  /** From 0 to 1: each class counts up to what it needs, so that many labels of one class do not hide the lack of another. */
  readonly share: number;
  readonly numStillNeeded: number;
  /** The class that has fewest, where that is too few; null otherwise. */
  readonly poorest: ClassView | null;
  /** How many more of the images kept apart are to be labelled for the check. */
  readonly numForCheckNeeded: number;
  readonly canTrain: boolean;
}

/** What is reached of the goal with these classes and labels. */
export function goalOf(classes: readonly ClassView[], numForTest: number): Goal {
  const numClasses = Math.max(2, classes.length);
  const reached = classes.reduce((sum, { numLabels }) => sum + Math.min(labelsPerClass, numLabels), 0);
  const poorest = classes.reduce<ClassView | null>(
    (least, each) => (least === null || each.numLabels < least.numLabels ? each : least),
    null,
  );
  return {
    share: reached / (labelsPerClass * numClasses),
    numStillNeeded: labelsPerClass * numClasses - reached,
    poorest: poorest !== null && poorest.numLabels < labelsPerClass ? poorest : null,
    numForCheckNeeded: Math.max(0, labelsForCheck - numForTest),
    canTrain: classes.length >= 2 && reached >= labelsPerClass * numClasses,
  };
}
