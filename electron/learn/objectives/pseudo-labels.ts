/**
 * Knowledge transfer by clusters (Noroozi et al. 2018, arXiv 1805.00385): the features of a good network are clustered, and another network is trained to
 * tell the clusters apart. Nothing but the clusters crosses, so the two may be of any architecture.
 */
import type { RunContext } from '../../contract/progress.ts';
import { clusterFeatures } from '../../explore/kmeans.ts';
import type { Executor } from '../../tensor/program.ts';
import { unitAboutMean } from '../unit-about-mean.ts';
import { diet } from './diet.ts';
import type { Objective } from './objective.ts';

export interface PseudoLabelOptions {
  readonly numFeatures: number;
  /** The teacher's features, [N, teacherDim] in the order of the run's images. */
  readonly teacher: Float32Array;
  readonly teacherDim: number;
  /** Chosen by `defaultNumClusters` unless told. */
  readonly numClusters?: number;
  readonly seed: number;
}

/** Between the square root of N and N / 20, their geometric mean: 129 for 4,800 images; the paper has 2,000 for 1.3 million. */
export function defaultNumClusters(numImages: number): number {
  return Math.max(2, Math.min(numImages, Math.round(Math.sqrt((Math.sqrt(numImages) * numImages) / 20))));
}

/** Cross-entropy of a linear head over the clusters of the teacher's features, each row about the mean and of length 1. */
export async function pseudoLabels(options: PseudoLabelOptions, executor: Executor, ctx: RunContext): Promise<Objective> {
  const { numFeatures, teacher, teacherDim, seed } = options;
  const numImages = teacher.length / teacherDim;
  const numClusters = options.numClusters ?? defaultNumClusters(numImages);
  const shape = { numImages, numDims: teacherDim };
  const { assignments } = await clusterFeatures(unitAboutMean(teacher, teacherDim), shape, { numClusters, seed }, executor, {
    signal: ctx.signal,
    onProgress: (progress) => ctx.onProgress({ ...progress, phase: 'cluster' }),
  });
  return {
    ...diet({ numFeatures, numImages: numClusters, labelSmoothing: 0 }),
    name: 'pseudo-labels',
    classes: 'label',
    itemClasses: assignments,
  };
}
