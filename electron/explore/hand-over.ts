/** When labelling goes over from covering all kinds of images to where a classifier is unsure. */

/** What is labelled so far. */
export interface LabelState {
  /** Labels to learn from, for every class there is, those without any too. */
  readonly classCounts: readonly number[];
  /** Labels in every cluster that still has images to label; empty where there are no clusters. */
  readonly clusterCounts: readonly number[];
}

/** How many images of a batch to choose which way. */
export interface BatchPlan {
  /** So that all kinds of images are seen. */
  readonly numCover: number;
  /** Where the classifier is unsure. */
  readonly numDoubt: number;
}

/** From so many labels a class, on average over all classes, a classifier's doubts say more than clusters do. */
export const labelsPerClass = 5;
/** While something has not been seen, one in so many looks for it. */
const coverEvery = 5;

/**
 * The one rule of automatic choice: cover all kinds of images until two classes have labels and there are five of them for every class, on
 * average, then go where the classifier is unsure. A rare class must not hold that up for ever, so it is the average that counts; but as
 * long as a class or a cluster has no label, one image in five, rounded up, still goes to clusters without labels.
 */
export function planBatch({ classCounts, clusterCounts }: LabelState, budget: number): BatchPlan {
  const numLabels = classCounts.reduce((sum, count) => sum + count, 0);
  const numPresent = classCounts.filter((count) => count > 0).length;
  const isEarly = numPresent < 2 || numLabels < labelsPerClass * classCounts.length;
  if (isEarly) return { numCover: budget, numDoubt: 0 };
  const numUnseen = [...classCounts, ...clusterCounts].filter((count) => count === 0).length;
  const numCover = Math.min(numUnseen, Math.ceil(budget / coverEvery));
  return { numCover, numDoubt: budget - numCover };
}
