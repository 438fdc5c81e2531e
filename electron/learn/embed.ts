/** Features or class probabilities of every image of a source. */
import { setImmediate } from 'node:timers/promises';
import type { RunContext } from '../contract/progress.ts';
import type { Network } from '../nn/network.ts';
import type { Executor, HostTensors, Program, Tensors } from '../tensor/program.ts';
import { tf } from '../tensor/tf.ts';
import { classifierForward, featuresForward, headTensors, type ClassifierHead } from './classifier.ts';
import { entry, floatsOf, uint8 } from './host-tensor.ts';
import type { PixelSource } from './pixel-source.ts';

export interface EmbedOptions {
  readonly network: Network;
  readonly parameters: HostTensors;
  /** Its squares go through the network at their own size, which may be larger than that of training. */
  readonly source: PixelSource;
  readonly executor: Executor;
  /** Images at a time; unless told, fewer of larger ones, since their activations are what fills memory. */
  readonly batch?: number;
  readonly ctx: RunContext;
  /** Average with the mirror image. */
  readonly flip?: boolean;
  /** The images wanted, by index in the source; all unless told. */
  readonly images?: Int32Array;
  /** Skip this many of them, whose rows stay zero: they are there from an interrupted run. */
  readonly start?: number;
  /** Called with every finished batch: the rows from `start` on, [n, width]. */
  readonly onBatch?: (start: number, rows: Float32Array) => Promise<void> | void;
}

/** Features [N, numFeatures], row-major. Throws `signal.reason` on cancellation. */
export async function embed(options: EmbedOptions): Promise<Float32Array> {
  const { network, flip = false } = options;
  const program = inferenceProgram(options, `embed-${network.arch}`, {}, (parameters, _, images) =>
    featuresForward(network, parameters, images, { flip }),
  );
  return await runOver(options, program, network.numFeatures, 'embed');
}

/**
 * The maps of all stages of the network, each averaged over the image: [N, sum of their channels], row-major, shallow to deep. Throws
 * `signal.reason` on cancellation.
 */
export async function embedStages(options: EmbedOptions): Promise<Float32Array> {
  const { network } = options;
  const program = inferenceProgram(options, `stages-${network.arch}`, {}, (parameters, _, images) => {
    const { maps } = network.forward(parameters, images, { training: false });
    return tf.concat(
      maps.map((map) => tf.mean<tf.Tensor2D>(map, [1, 2])),
      1,
    );
  });
  const width = network.stages.reduce((sum, { numChannels }) => sum + numChannels, 0);
  return await runOver(options, program, width, 'embed');
}

/** Class probabilities [N, numClasses], row-major, of the network with `head`. Throws `signal.reason` on cancellation. */
export async function predict(options: EmbedOptions & { readonly head: ClassifierHead }): Promise<Float32Array> {
  const { network, head, flip = false } = options;
  const program = inferenceProgram(options, `predict-${network.arch}`, headTensors(head), (parameters, heads, images) =>
    classifierForward(network, parameters, heads, images, { flip }),
  );
  return await runOver(options, program, head.numClasses, 'predict');
}

function inferenceProgram(
  { network, parameters, source }: EmbedOptions,
  name: string,
  head: HostTensors,
  forward: (parameters: Tensors, head: Tensors, images: tf.Tensor4D) => tf.Tensor2D,
): Program {
  const used = Object.keys(network.parameters).filter((parameter) => network.parameters[parameter]?.classifier !== true);
  const named = (prefix: string, names: readonly string[], tensors: Tensors): Tensors =>
    Object.fromEntries(names.map((key) => [key, entry(tensors, prefix + key)]));
  const headNames = Object.keys(head);
  return {
    name,
    state: {
      ...Object.fromEntries(used.map((key) => [`network.${key}`, entry(parameters, key)])),
      ...Object.fromEntries(headNames.map((key) => [`head.${key}`, entry(head, key)])),
    },
    inputs: { images: { dtype: 'uint8', shape: [null, source.px, source.px, 3] } },
    run(state, inputs) {
      const images = tf.div<tf.Tensor4D>(tf.cast(entry(inputs, 'images'), 'float32'), 255);
      const rows = forward(named('network.', used, state), named('head.', headNames, state), images);
      return { state: {}, outputs: { rows } };
    },
  };
}

/** 64 images up to 128 px, then as many as have the same number of pixels. */
function batchFor(px: number): number {
  return Math.max(8, Math.min(64, Math.round(64 * (128 / px) ** 2)));
}

/** Feeds the images through in batches, the next one being read while the current one runs. */
async function runOver(options: EmbedOptions, program: Program, width: number, phase: string): Promise<Float32Array> {
  const { source, ctx, start = 0, batch = batchFor(source.px) } = options;
  const images = options.images ?? Int32Array.from({ length: source.numImages }, (_, i) => i);
  const result = new Float32Array(images.length * width);
  ctx.signal.throwIfAborted();
  const read = (from: number): { readonly pixels: Promise<Uint8Array> } => {
    const pixels = from < images.length ? source.read(images.slice(from, from + batch)) : Promise.resolve(new Uint8Array());
    // A failure surfaces where the pixels are awaited.
    pixels.catch(() => undefined);
    return { pixels };
  };
  const session = await options.executor.load(program, { sharesCores: true });
  try {
    let ahead = read(start);
    for (let at = start; at < images.length; at += batch) {
      const pixels = await ahead.pixels;
      ahead = read(at + batch);
      const count = Math.min(batch, images.length - at);
      const outputs = await session.run({ images: uint8([count, source.px, source.px, 3], pixels) });
      const rows = floatsOf(outputs, 'rows');
      result.set(rows, at * width);
      await options.onBatch?.(at, rows);
      ctx.onProgress({ phase, done: at + count, total: images.length });
      // A turn of the event loop, so that a cancellation can arrive even where runs block the thread.
      await setImmediate();
      ctx.signal.throwIfAborted();
    }
    return result;
  } finally {
    await session.dispose();
  }
}
