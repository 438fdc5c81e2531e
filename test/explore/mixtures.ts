/** Synthetic features and small things that the tests of this folder share. */
import type { RunContext } from '../../electron/contract/progress.ts';
import { createRandom } from '../../electron/tensor/random.ts';

export interface Mixture {
  readonly features: Float32Array;
  readonly numImages: number;
  readonly numDims: number;
  /** [N], which Gaussian each image was drawn from. */
  readonly components: Int32Array;
}

/** Isotropic Gaussians around random centres; images are in random order. */
export function gaussianMixture({
  sizes,
  numDims,
  spread,
  seed,
}: {
  sizes: readonly number[];
  numDims: number;
  /** Standard deviation within a component, where that of the centres is 1. */
  spread: number;
  seed: number;
}): Mixture {
  const random = createRandom(seed);
  const centres = sizes.map(() => Float32Array.from({ length: numDims }, () => random.normal()));
  const ordered = Int32Array.from(sizes.flatMap((size, component) => new Array<number>(size).fill(component)));
  const components = Int32Array.from(random.permutation(ordered.length), (at) => ordered[at]!);
  const features = new Float32Array(components.length * numDims);
  components.forEach((component, i) => {
    for (let d = 0; d < numDims; d++) features[i * numDims + d] = centres[component]![d]! + spread * random.normal();
  });
  return { features, numImages: components.length, numDims, components };
}

/** A context that is never cancelled and tells nobody. */
export function quietContext(): RunContext {
  return { signal: new AbortController().signal, onProgress: () => undefined };
}

/** A context cancelled with `reason` once `numReports` have been made. */
export function cancelledAfter(numReports: number, reason: Error): RunContext {
  const controller = new AbortController();
  let left = numReports;
  if (left === 0) controller.abort(reason);
  return {
    signal: controller.signal,
    onProgress: () => {
      if (--left <= 0) controller.abort(reason);
    },
  };
}

/** How many components the images in `indices` come from. */
export function countComponents(components: Int32Array, indices: Int32Array): number {
  return new Set(Array.from(indices, (index) => components[index]!)).size;
}
