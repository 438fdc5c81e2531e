/**
 * A training step that does the work of the peer's and nothing else: images already in memory at their size, no augmentation, momentum SGD.
 * Networks, objectives, packing and optimiser are the app's own.
 */
import { entry, float32, int32 } from '../../electron/learn/host-tensor.ts';
import { byol } from '../../electron/learn/objectives/byol.ts';
import { classify } from '../../electron/learn/objectives/classify.ts';
import { diet } from '../../electron/learn/objectives/diet.ts';
import type { Objective } from '../../electron/learn/objectives/objective.ts';
import { sgd } from '../../electron/learn/optimisers.ts';
import { pack, packLayout, packTensors, unpack } from '../../electron/learn/pack.ts';
import type { PackLayout } from '../../electron/learn/pack.ts';
import { divideBackbone } from '../../electron/learn/parameter-groups.ts';
import type { Network, ParameterSpec } from '../../electron/nn/network.ts';
import type { HostTensors, Program, Tensors } from '../../electron/tensor/program.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { tf } from '../../electron/tensor/tf.ts';

export const stepMethods = ['byol', 'diet', 'supervised'] as const;
export type StepMethod = (typeof stepMethods)[number];

/** As in the peer: DIET's head has 4,000 outputs, the supervised one 10. */
const numDietImages = 4000;
const numSupervisedClasses = 10;
const learningRate = 0.01;
const targetMomentum = 0.99;

export interface BareStepOptions {
  readonly network: Network;
  readonly method: StepMethod;
  readonly px: number;
  readonly batch: number;
}

/** A vector of parameters that are updated together. */
interface Group {
  readonly name: string;
  readonly layout: PackLayout;
  readonly hasTarget: boolean;
}

function objectiveFor(method: StepMethod, numFeatures: number): { objective: Objective; numClasses: number } {
  switch (method) {
    case 'byol':
      return { objective: byol({ numFeatures, headNorm: 'batch', numHidden: 1024, numProjected: 256 }), numClasses: 0 };
    case 'diet':
      return { objective: diet({ numFeatures, numImages: numDietImages, labelSmoothing: 0 }), numClasses: numDietImages };
    case 'supervised': {
      const random = createRandom(1);
      const bound = 1 / Math.sqrt(numFeatures);
      const head = {
        numFeatures,
        numClasses: numSupervisedClasses,
        weights: Float32Array.from({ length: numFeatures * numSupervisedClasses }, () => bound * (2 * random.next() - 1)),
        bias: new Float32Array(numSupervisedClasses),
        mean: new Float32Array(numFeatures),
        std: new Float32Array(numFeatures).fill(1),
      };
      return { objective: classify(head, { labelSmoothing: 0 }), numClasses: numSupervisedClasses };
    }
  }
}

/** The step as a program whose output is `loss`, and the same random batch for every call. */
export function bareStep({ network, method, px, batch }: BareStepOptions): { readonly program: Program; readonly inputs: HostTensors } {
  const { objective, numClasses } = objectiveFor(method, network.numFeatures);
  const start: HostTensors = { ...network.init(0), ...objective.init(0) };
  const division = divideBackbone(network, 'all', false);
  const statistics = packLayout(division.statistics, Object.keys(division.statistics));
  const groups: Group[] = [
    { name: 'backbone', layout: packLayout(division.trained, Object.keys(division.trained)), hasTarget: objective.targetParts !== null },
    ...Object.entries(objective.parts).map(([part, specs]) => {
      const named: Record<string, ParameterSpec> = Object.fromEntries(
        Object.entries(specs).map(([name, spec]) => [`${part}/${name}`, spec]),
      );
      return { name: part, layout: packLayout(named, Object.keys(named)), hasTarget: objective.targetParts?.includes(part) ?? false };
    }),
  ];
  const vectors = Object.fromEntries(groups.map(({ name, layout }) => [name, pack(layout, start)]));
  const numViews = batch * objective.numViews;
  const shape = [numViews, px, px, 3] as const;
  const random = createRandom(0);
  return {
    program: {
      name: `bare-${method}-${network.arch}`,
      state: {
        ...vectors,
        ...Object.fromEntries(groups.map(({ name, layout }) => [`${name}.m`, float32([layout.size], new Float32Array(layout.size))])),
        ...Object.fromEntries(groups.filter((group) => group.hasTarget).map(({ name }) => [`target.${name}`, entry(vectors, name)])),
        statistics: pack(statistics, start),
      },
      inputs: {
        images: { dtype: 'float32', shape },
        ...(objective.classes !== 'none' && { classes: { dtype: 'int32', shape: [batch] } as const }),
      },
      run: (state, inputs) => runStep({ network, objective, groups, statistics }, state, inputs),
    },
    inputs: {
      images: float32(
        shape,
        Float32Array.from({ length: numViews * px * px * 3 }, () => random.next()),
      ),
      ...(objective.classes !== 'none' && {
        classes: int32(
          [batch],
          Int32Array.from({ length: batch }, () => random.int(numClasses)),
        ),
      }),
    },
  };
}

interface StepParts {
  readonly network: Network;
  readonly objective: Objective;
  readonly groups: readonly Group[];
  readonly statistics: PackLayout;
}

function runStep(
  { network, objective, groups, statistics }: StepParts,
  state: Tensors,
  inputs: Tensors,
): { state: Tensors; outputs: Tensors } {
  const images = entry(inputs, 'images') as tf.Tensor4D;
  const running = unpack(statistics, entry(state, 'statistics'));
  const unpacked = (prefix: string, of: readonly Group[]): Tensors =>
    Object.assign({}, ...of.map(({ name, layout }) => unpack(layout, entry(state, prefix + name)))) as Tensors;
  const branch = (values: Tensors) => ({
    heads: values,
    forward: (views: tf.Tensor4D) => network.forward({ ...running, ...values }, views, { training: true }),
  });
  const targeted = groups.filter((group) => group.hasTarget);
  const context = { images, locals: null, draws: {}, scalars: {}, buffers: {}, rows: {} };
  const { targets } = objective.prepareTargets?.({ ...context, target: branch(unpacked('target.', targeted)) }) ?? { targets: {} };

  const trained = unpacked('', groups);
  const names = Object.keys(trained);
  let beside: Tensors = {};
  const lossOf = (...values: tf.Tensor[]): tf.Scalar => {
    const online = branch(Object.fromEntries(names.map((name, i) => [name, values[i] as tf.Tensor])));
    const result = objective.loss({ ...context, online, classes: (inputs['classes'] ?? null) as tf.Tensor1D | null, targets });
    beside = { statistics: packTensors(statistics, result.statistics) };
    return result.loss;
  };
  const { value: loss, grads } = tf.valueAndGrads(lossOf)(names.map((name) => entry(trained, name)));
  const gradients = Object.fromEntries(names.map((name, i) => [name, grads[i] as tf.Tensor]));

  const optimiser = sgd();
  const rates = { learningRate: tf.scalar(learningRate), weightDecay: tf.scalar(0) };
  const next: Tensors = { ...beside };
  for (const { name, layout, hasTarget } of groups) {
    const slots = { m: entry(state, `${name}.m`) };
    const updated = optimiser.update(entry(state, name), packTensors(layout, gradients), slots, rates, { momentum: tf.scalar(0.9) });
    next[name] = updated.parameters;
    next[`${name}.m`] = entry(updated.slots, 'm');
    if (!hasTarget) continue;
    const kept = tf.mul(entry(state, `target.${name}`), targetMomentum);
    next[`target.${name}`] = tf.add(kept, tf.mul(updated.parameters, 1 - targetMomentum));
  }
  return { state: next, outputs: { loss } };
}
