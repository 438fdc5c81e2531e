/** A trained classifier as one ONNX file: preprocessing, network, softmax and averaging over the mirror image. */
import { AppError } from '../contract/errors.ts';
import { classifierForward, headTensors } from '../learn/classifier.ts';
import type { ClassifierHead } from '../learn/classifier.ts';
import { entry } from '../learn/host-tensor.ts';
import type { Network } from '../nn/network.ts';
import { compileProgram } from '../tensor/compile.ts';
import type { HostTensors, Program, Tensors } from '../tensor/program.ts';
import { tf } from '../tensor/tf.ts';
import { centreSquare } from './centre-square.ts';

/** What a threshold keeps to. */
export interface Abstention {
  /** Share of the answers that may be wrong. */
  readonly maxRisk: number;
  /** Share of the measured images that were answered, and of these answers the wrong ones. */
  readonly coverage: number;
  readonly risk: number;
  /** Whether `maxRisk` holds in 95 of 100 cases, or was only seen to. */
  readonly isPromised: boolean;
  readonly numMeasured: number;
  /** All of this in words. */
  readonly words: string;
}

export interface Classifier {
  readonly network: Network;
  readonly parameters: HostTensors;
  readonly head: ClassifierHead;
  /** In the order of the head's outputs. */
  readonly classes: readonly { readonly name: string; readonly numLabels: number }[];
  /** The side of the squares that the network sees. */
  readonly px: number;
  /** Average the probabilities with those of the mirror image. */
  readonly flip: boolean;
  /** Answers with a lower probability count as none of the classes; null where nothing was set. */
  readonly minProbability: number | null;
  /** What the threshold was chosen for, and on what; null where nothing was set. */
  readonly abstention?: Abstention | null;
  /** What the logits were divided by, which is in the weights already; absent where that was not done. */
  readonly temperature?: number;
}

/** What the file does to an image, for people and for `metadata_props`. */
export function describePreprocessing({ px, flip }: Pick<Classifier, 'px' | 'flip'>): string {
  const square = `the shorter side is resized to ${px} px (antialiased triangle filter) and the centre square of ${px} x ${px} px cut out`;
  return `Inside the model: ${square}, then normalisation${flip ? '; the answer is the mean over the image and its mirror image' : ''}.`;
}

/**
 * The encoded model. Input `images`: uint8 RGB [batch, height, width, 3], any size. Outputs `probabilities`: float32 [batch, C], and
 * `label`: int32 [batch], the most probable class. The names of the classes are in its metadata under `classes`, a JSON array.
 * Throws `AppError` 'invalid-input' where the classes and the head's outputs differ in number.
 */
export function buildClassifierModel(classifier: Classifier, metadata: Readonly<Record<string, string>>): Uint8Array {
  const { network, parameters, head, classes, px, flip, minProbability } = classifier;
  if (classes.length !== head.numClasses) {
    throw new AppError(
      'invalid-input',
      `The classifier tells ${head.numClasses} classes apart, but ${classes.length} are named. Train again.`,
    );
  }
  const used = Object.keys(network.parameters).filter((name) => network.parameters[name]?.classifier !== true);
  const heads = headTensors(head);
  const withPrefix = (prefix: string, names: readonly string[], tensors: HostTensors): HostTensors =>
    Object.fromEntries(names.map((name) => [prefix + name, entry(tensors, name)]));
  const withoutPrefix = (prefix: string, names: readonly string[], tensors: Tensors): Tensors =>
    Object.fromEntries(names.map((name) => [name, entry(tensors, prefix + name)]));
  const program: Program = {
    name: `classify-${network.arch}`,
    state: { ...withPrefix('network.', used, parameters), ...withPrefix('head.', Object.keys(heads), heads) },
    inputs: { images: { dtype: 'uint8', shape: [null, px, px, 3] } },
    run(state, inputs) {
      const images = tf.div<tf.Tensor4D>(tf.cast(entry(inputs, 'images'), 'float32'), 255);
      const [body, top] = [withoutPrefix('network.', used, state), withoutPrefix('head.', Object.keys(heads), state)];
      const probabilities = classifierForward(network, body, top, images, { flip });
      return { state: {}, outputs: { probabilities, label: tf.argMax(probabilities, 1) } };
    },
  };
  const described = {
    ...metadata,
    classes: JSON.stringify(classes.map(({ name }) => name)),
    arch: network.arch,
    image_size_px: String(px),
    flip: String(flip),
    preprocessing: describePreprocessing(classifier),
    ...(minProbability !== null && { min_probability: String(minProbability) }),
    ...(classifier.abstention && { abstention: JSON.stringify(classifier.abstention) }),
    ...(classifier.temperature !== undefined && { temperature: String(classifier.temperature) }),
  };
  // Without carried state nothing in the model depends on this machine's blocked convolutions.
  return compileProgram(program, 0, { metadata: described, prelude: centreSquare(px) }).bytes;
}
