/** A non-linear probe: one hidden layer on standardised features, trained on few labels. What it finds beyond a linear probe is there, but not laid out in a line. */
import { AppError } from '../contract/errors.ts';
import type { RunContext } from '../contract/progress.ts';
import type { Executor, HostTensors, Program } from '../tensor/program.ts';
import { tf } from '../tensor/tf.ts';
import { entry, float32, floatsOf, scalar } from './host-tensor.ts';
import { adamW } from './optimisers.ts';
import { streamRandom, streams } from './random-streams.ts';

export interface MlpProbeOptions {
  /** [N, dim], standardised: mean 0 and deviation 1 over the pool. */
  readonly features: Float32Array;
  readonly dim: number;
  /** [N], in 0..numClasses-1. */
  readonly labels: Int32Array;
  readonly numClasses: number;
  /** [N]: 1 for rows to learn from, 0 for rows only to predict. */
  readonly isLearnt: Uint8Array;
  readonly numHidden?: number;
  readonly numSteps?: number;
  readonly seed: number;
  readonly executor: Executor;
}

const learningRate = 3e-3;
const weightDecay = 0.1;

/**
 * Probabilities [N, numClasses] of all rows after learning the rows `isLearnt`: relu(x W1 + b1) W2 + b2 by AdamW with all rows at once and a strong decay,
 * which is what keeps 128 hidden units from learning a hundred labels by heart. Throws the signal's reason on cancellation.
 */
export async function mlpProbe(options: MlpProbeOptions, context?: RunContext): Promise<Float32Array> {
  const { features, dim, labels, numClasses, isLearnt, numSteps = 150 } = options;
  const numRows = labels.length;
  if (features.length !== numRows * dim || isLearnt.length !== numRows) {
    throw new AppError(
      'invalid-input',
      `Features, labels and choices do not fit: ${features.length} values, ${numRows} labels, ${isLearnt.length} choices.`,
    );
  }
  const optimiser = adamW();
  const session = await options.executor.load(probeProgram(options), { sharesCores: true });
  const wanted = new Float32Array(numRows * numClasses);
  labels.forEach((label, row) => {
    if (isLearnt[row] === 1) wanted[row * numClasses + label] = 1;
  });
  const data = { features: float32([numRows, dim], features), wanted: float32([numRows, numClasses], wanted) };
  try {
    let outputs: HostTensors = {};
    for (let step = 0; step <= numSteps; step++) {
      context?.signal.throwIfAborted();
      // The last run is only to see what the last step made of it.
      const rate = step < numSteps ? learningRate : 0;
      const shared = Object.entries(optimiser.scalars(step)).map(([name, value]) => [name, scalar(value)]);
      outputs = await session.run({ ...data, ...(Object.fromEntries(shared) as HostTensors), rate: scalar(rate) });
    }
    return floatsOf(outputs, 'probabilities');
  } finally {
    await session.dispose();
  }
}

function probeProgram({ dim, numClasses, labels, numHidden = 128, seed }: MlpProbeOptions): Program {
  const random = streamRandom(seed, streams.heads, 2);
  const layer = (numIn: number, numOut: number): Float32Array =>
    Float32Array.from({ length: numIn * numOut }, () => random.normal() * Math.sqrt(2 / numIn));
  const optimiser = adamW();
  const parameters: HostTensors = {
    w1: float32([dim, numHidden], layer(dim, numHidden)),
    b1: float32([numHidden], new Float32Array(numHidden)),
    w2: float32([numHidden, numClasses], new Float32Array(numHidden * numClasses)),
    b2: float32([numClasses], new Float32Array(numClasses)),
  };
  const names = Object.keys(parameters);
  const zeros = ({ shape, data }: HostTensors[string]) => float32(shape, new Float32Array(data.length));
  const single = { dtype: 'float32', shape: [] } as const;
  return {
    name: 'mlp-probe',
    state: {
      ...parameters,
      ...Object.fromEntries(names.flatMap((name) => optimiser.slots.map((slot) => [`${name}.${slot}`, zeros(entry(parameters, name))]))),
    },
    inputs: {
      features: { dtype: 'float32', shape: [labels.length, dim] },
      wanted: { dtype: 'float32', shape: [labels.length, numClasses] },
      rate: single,
      ...Object.fromEntries(Object.keys(optimiser.scalars(0)).map((name) => [name, single])),
    },
    run(state, inputs) {
      const [features, wanted] = [entry(inputs, 'features'), entry(inputs, 'wanted')];
      const logitsOf = ([w1, b1, w2, b2]: tf.Tensor[]): tf.Tensor2D =>
        tf.add(tf.matMul(tf.relu(tf.add(tf.matMul(features, w1 as tf.Tensor), b1 as tf.Tensor)), w2 as tf.Tensor), b2 as tf.Tensor);
      const values = names.map((name) => entry(state, name));
      const loss = (...given: tf.Tensor[]): tf.Scalar =>
        tf.neg(tf.div(tf.sum(tf.mul(wanted, tf.logSoftmax(logitsOf(given)))), tf.sum(wanted)));
      const { grads } = tf.valueAndGrads(loss)(values);
      const next = names.map((name, i) => {
        const slots = Object.fromEntries(optimiser.slots.map((slot) => [slot, entry(state, `${name}.${slot}`)]));
        const group = { learningRate: entry(inputs, 'rate'), weightDecay: tf.scalar(weightDecay) };
        const result = optimiser.update(values[i] as tf.Tensor, grads[i] as tf.Tensor, slots, group, inputs);
        return [
          [name, result.parameters] as const,
          ...Object.entries(result.slots).map(([slot, value]) => [`${name}.${slot}`, value] as const),
        ];
      });
      return { state: Object.fromEntries(next.flat()), outputs: { probabilities: tf.softmax(logitsOf(values)) } };
    },
  };
}
