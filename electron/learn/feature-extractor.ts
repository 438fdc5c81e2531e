/** Features of images under a training's present state, by one program however often they are asked for. */
import type { Network } from '../nn/network.ts';
import type { Executor, HostTensors, Program } from '../tensor/program.ts';
import type { tf } from '../tensor/tf.ts';
import { entry, floatsOf, uint8 } from './host-tensor.ts';
import { unpack } from './pack.ts';
import type { PixelSource } from './pixel-source.ts';
import { resizeWhole } from './resample.ts';
import type { TrainingStep } from './training-step.ts';

export interface FeatureExtractorOptions {
  readonly network: Network;
  readonly step: TrainingStep;
  readonly executor: Executor;
  readonly source: PixelSource;
  readonly px: number;
  /** Images at a time; calls with fewer images are padded. */
  readonly batch: number;
}

export interface FeatureExtractor {
  /** [N, D] of these images of the source, whole squares of `px`, in inference mode. */
  features(state: HostTensors, images: Int32Array): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** Loads the program; the trained parameters come in as inputs, so it is compiled once. */
export async function createFeatureExtractor(options: FeatureExtractorOptions): Promise<FeatureExtractor> {
  const { network, step, source, batch } = options;
  const session = await options.executor.load(featureProgram(network, step, { batch, sourcePx: source.px, px: options.px }));
  return {
    async features(state, images) {
      const vectors = Object.fromEntries(Object.keys(step.vectors).map((name) => [name, entry(state, name)]));
      const features = new Float32Array(images.length * network.numFeatures);
      for (let start = 0; start < images.length; start += batch) {
        // The batch size is fixed: the last one repeats an image.
        const asked = Int32Array.from({ length: batch }, (_, i) => images[Math.min(start + i, images.length - 1)] as number);
        const pixels = uint8([batch, source.px, source.px, 3], await source.read(asked));
        const rows = floatsOf(await session.run({ ...vectors, images: pixels }), 'features');
        const numUsed = Math.min(batch, images.length - start);
        features.set(rows.subarray(0, numUsed * network.numFeatures), start * network.numFeatures);
      }
      return features;
    },
    dispose: () => session.dispose(),
  };
}

/** (parameter vectors, images uint8 [B, S, S, 3]) -> features [B, D] in inference mode, images resized whole to `px`. */
function featureProgram(network: Network, step: TrainingStep, sizes: { batch: number; sourcePx: number; px: number }): Program {
  const { batch, sourcePx, px } = sizes;
  return {
    name: `features-${network.arch}`,
    state: step.fixed,
    inputs: {
      ...Object.fromEntries(Object.entries(step.vectors).map(([name, { size }]) => [name, { dtype: 'float32', shape: [size] }])),
      images: { dtype: 'uint8', shape: [batch, sourcePx, sourcePx, 3] },
    },
    run(state, inputs) {
      const parameters = { ...state };
      for (const [name, layout] of Object.entries(step.vectors)) Object.assign(parameters, unpack(layout, entry(inputs, name)));
      const { features } = network.forward(parameters, resizeWhole(entry(inputs, 'images') as tf.Tensor4D, px), { training: false });
      return { state: {}, outputs: { features } };
    },
  };
}
