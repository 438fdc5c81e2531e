/** One step of training as a program: views of the batch, loss, gradients, optimiser, moving averages. */
import { AppError } from '../contract/errors.ts';
import type { Network } from '../nn/network.ts';
import type { HostTensors, InputSpec, Program, Tensors } from '../tensor/program.ts';
import type { Random } from '../tensor/random.ts';
import { tf } from '../tensor/tf.ts';
import { augment, augmentationInputs, drawAugmentation, type AugmentationSettings } from './augment.ts';
import { entry, float32, floatsOf, scalar } from './host-tensor.ts';
import type { Branch, LocalViews, Objective, StepContext } from './objectives/objective.ts';
import { clipFactor, globalNorm, type Optimiser } from './optimisers.ts';
import { pack, packLayout, packTensors, unpack, unpackHost, type PackLayout } from './pack.ts';
import { divideBackbone, parameterGroups, type ParameterGroup, type Trainable } from './parameter-groups.ts';

export interface TrainingStepOptions {
  readonly network: Network;
  readonly parameters: HostTensors;
  readonly objective: Objective;
  /** Of the objective's own parameters and buffers. */
  readonly seed: number;
  readonly optimiser: Optimiser;
  readonly trainable: Trainable;
  /** Normalise by the running statistics and leave them as they are. */
  readonly frozenStatistics: boolean;
  readonly augmentation: AugmentationSettings;
  readonly px: number;
  readonly sourcePx: number;
  readonly batch: number;
  readonly backboneRate: number;
  readonly headRate: number;
  readonly weightDecay: number;
  /** The gradient's largest norm; null leaves it alone. */
  readonly clipNorm: number | null;
}

/** What changes from step to step. */
export interface StepSchedule {
  /** Steps made before this one. */
  readonly step: number;
  /** Times every group's learning rate. */
  readonly rateFactor: number;
  readonly targetMomentum: number;
  /** The share of the run that is over, in [0, 1]. */
  readonly progress: number;
}

export interface TrainingStep {
  /** Inputs: `images`, `classes`, and what `draws`, `rows` and `scalars` return. Output `loss` and metrics. */
  readonly program: Program;
  /** A step's random numbers: `view.*` and `local.*` as `augmentationInputs` names them, `draw.*` as the objective does. */
  readonly draws: (random: Random) => HostTensors;
  /** `row.*`: the objective's rows of the images at these positions among the run's, [batch]. */
  readonly rows: (positions: Int32Array) => HostTensors;
  readonly scalars: (schedule: StepSchedule) => HostTensors;
  /** The entries of the state that the features depend on, by name; what the rest of the network needs is `fixed`. */
  readonly vectors: Readonly<Record<string, PackLayout>>;
  readonly fixed: HostTensors;
  /** All parameters of the network in `state`. */
  readonly parameters: (state: HostTensors) => HostTensors;
  /** The objective's own parameters in `state`. */
  readonly heads: (state: HostTensors) => HostTensors;
}

const withPrefix = <T>(prefix: string, tensors: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(tensors).map(([name, value]) => [prefix + name, value]));

const withoutPrefix = <T>(prefix: string, tensors: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );

const joined = <T>(records: readonly Record<string, T>[]): Record<string, T> =>
  Object.fromEntries(records.flatMap((record) => Object.entries(record)));

/** Builds the step. Throws `AppError` 'invalid-input' when the parameters do not fit the network. */
export function trainingStep(options: TrainingStepOptions): TrainingStep {
  const { network, parameters, objective, seed, optimiser, batch } = options;
  const division = divideBackbone(network, options.trainable, options.frozenStatistics);
  if (Object.keys(division.trained).length === 0) {
    throw new AppError('invalid-input', `The network '${network.arch}' has no normalisation parameters to train; train all of it.`);
  }
  const { backboneRate, headRate, weightDecay } = options;
  const backbone = parameterGroups({ part: 'backbone', specs: division.trained, learningRate: backboneRate, weightDecay });
  const headGroups = Object.entries(objective.parts).flatMap(([part, specs]) =>
    parameterGroups({ part, specs: withPrefix(`${part}/`, specs), learningRate: headRate, weightDecay }),
  );
  const groups = [...backbone, ...headGroups];
  const statistics = packLayout(division.statistics, Object.keys(division.statistics));
  const hasStatistics = statistics.size > 0;
  const targeted =
    objective.targetParts === null ? [] : [...backbone, ...headGroups.filter(({ part }) => objective.targetParts?.includes(part))];
  const fixed = Object.fromEntries(division.fixed.map((name) => [name, entry(parameters, name)]));

  const start: HostTensors = { ...parameters, ...objective.init(seed) };
  const vectors = Object.fromEntries(groups.map((group) => [group.name, pack(group.layout, start)]));
  const state: HostTensors = {
    ...vectors,
    ...Object.fromEntries(groups.flatMap((group) => optimiser.slots.map((slot) => [`${group.name}.${slot}`, zeros(group.layout.size)]))),
    ...Object.fromEntries(targeted.map(({ name }) => [`target.${name}`, entry(vectors, name)])),
    ...(hasStatistics && { statistics: pack(statistics, parameters) }),
    ...withPrefix('fixed.', fixed),
    ...withPrefix('buffer.', objective.buffers?.(seed) ?? {}),
  };
  const plan: StepPlan = { ...options, groups, targeted, statistics: hasStatistics ? statistics : null };
  return {
    program: {
      name: `train-${objective.name}-${network.arch}`,
      state,
      inputs: stepInputs(plan),
      run: (held, inputs) => runStep(plan, held, inputs),
    },
    draws: (random) => stepDraws(plan, random),
    rows: (positions) => stepRows(objective, positions),
    scalars: (schedule) => stepScalars(plan, schedule),
    vectors: {
      ...Object.fromEntries(backbone.map(({ name, layout }) => [name, layout])),
      ...(hasStatistics && { statistics }),
    },
    fixed,
    parameters: (held) => ({
      ...parameters,
      ...joined(backbone.map(({ name, layout }) => unpackHost(layout, entry(held, name)))),
      ...(hasStatistics && unpackHost(statistics, entry(held, 'statistics'))),
    }),
    heads: (held) => joined(headGroups.map(({ name, layout }) => unpackHost(layout, entry(held, name)))),
  };

  function stepInputs(of: StepPlan): Record<string, InputSpec> {
    const { localViews } = objective;
    const single: InputSpec = { dtype: 'float32', shape: [] };
    return {
      images: { dtype: 'uint8', shape: [batch, options.sourcePx, options.sourcePx, 3] },
      ...withPrefix('view.', augmentationInputs(options.augmentation, batch * objective.numViews)),
      ...(localViews && withPrefix('local.', augmentationInputs(localAugmentation(of, localViews), batch * localViews.count))),
      ...withPrefix('draw.', objective.draws?.specs(batch, options.px) ?? {}),
      ...Object.fromEntries(
        Object.entries(objective.rows ?? {}).map(([name, { width }]) => [`row.${name}`, { dtype: 'float32', shape: [batch, width] }]),
      ),
      ...(objective.classes !== 'none' && { classes: { dtype: 'int32', shape: [batch] } satisfies InputSpec }),
      ...Object.fromEntries(
        Object.keys(stepScalars(of, { step: 0, rateFactor: 1, targetMomentum: 1, progress: 0 })).map((name) => [name, single]),
      ),
    };
  }
}

interface StepPlan extends TrainingStepOptions {
  readonly groups: readonly ParameterGroup[];
  /** The groups that have a moving average. */
  readonly targeted: readonly ParameterGroup[];
  readonly statistics: PackLayout | null;
}

const zeros = (size: number) => float32([size], new Float32Array(size));

/** The side of the local views. */
function localPx(px: number, { pxShare }: LocalViews): number {
  return Math.max(16, 8 * Math.round((px * pxShare) / 8));
}

function localAugmentation(plan: StepPlan, { augmentation }: LocalViews): AugmentationSettings {
  return { ...plan.augmentation, ...augmentation };
}

function stepDraws(plan: StepPlan, random: Random): HostTensors {
  const { objective, batch, px, sourcePx } = plan;
  const { localViews } = objective;
  const views = drawAugmentation(random, batch * objective.numViews, plan.augmentation, { sourcePx, targetPx: px });
  const locals =
    localViews &&
    drawAugmentation(random, batch * localViews.count, localAugmentation(plan, localViews), {
      sourcePx,
      targetPx: localPx(px, localViews),
    });
  return {
    ...withPrefix('view.', views),
    ...withPrefix('local.', locals ?? {}),
    ...withPrefix('draw.', objective.draws?.draw(random, batch, px) ?? {}),
  };
}

function stepRows({ rows = {} }: Objective, positions: Int32Array): HostTensors {
  return Object.fromEntries(
    Object.entries(rows).map(([name, { width, values }]) => {
      const chosen = new Float32Array(positions.length * width);
      positions.forEach((position, at) => chosen.set(values.subarray(position * width, (position + 1) * width), at * width));
      return [`row.${name}`, float32([positions.length, width], chosen)];
    }),
  );
}

function stepScalars(plan: StepPlan, { step, rateFactor, targetMomentum, progress }: StepSchedule): HostTensors {
  const { rates = {}, scalars = {} } = plan.objective.schedule?.(progress, step) ?? {};
  const named: [string, number][] = [
    ...plan.groups.map(({ name, part, learningRate }): [string, number] => [
      `rate.${name}`,
      learningRate * rateFactor * (rates[part] ?? 1),
    ]),
    ...plan.groups.map(({ name, weightDecay }): [string, number] => [`decay.${name}`, weightDecay]),
    ...Object.entries(withPrefix('optimiser.', plan.optimiser.scalars(step))),
    ...Object.entries(withPrefix('objective.', scalars)),
    ...(plan.targeted.length > 0 ? ([['targetMomentum', targetMomentum]] satisfies [string, number][]) : []),
  ];
  return Object.fromEntries(named.map(([name, value]) => [name, scalar(value)]));
}

function runStep(plan: StepPlan, state: Tensors, inputs: Tensors): { state: Tensors; outputs: Tensors } {
  const { objective, groups, targeted } = plan;
  const context = stepContext(plan, state, inputs);
  const target = branch(plan, state, targeted.length > 0 ? unpackGroups(targeted, state, 'target.') : {});
  const { targets, buffers = {} } = objective.prepareTargets?.({ ...context, target }) ?? { targets: {} };

  const trained = unpackGroups(groups, state, '');
  const names = Object.keys(trained);
  let beside: Tensors = {};
  const lossOf = (...values: tf.Tensor[]): tf.Scalar => {
    const online = branch(plan, state, Object.fromEntries(names.map((name, i) => [name, values[i] as tf.Tensor])));
    const { loss, statistics, metrics } = objective.loss({
      ...context,
      online,
      classes: (inputs.classes ?? null) as tf.Tensor1D | null,
      targets,
    });
    const packed = plan.statistics === null ? {} : { statistics: packTensors(plan.statistics, statistics) };
    // What leaves the differentiated function beside the loss must be kept, or its scope disposes of it.
    beside = Object.fromEntries(Object.entries({ ...metrics, ...packed }).map(([name, tensor]) => [name, tf.keep(tensor)]));
    return loss;
  };
  const { value: loss, grads } = tf.valueAndGrads(lossOf)(names.map((name) => entry(trained, name)));
  const { statistics, ...metrics } = released(beside);
  const updated = update(plan, state, inputs, Object.fromEntries(names.map((name, i) => [name, grads[i] as tf.Tensor])));
  return {
    state: {
      ...updated.state,
      ...withPrefix('buffer.', buffers),
      ...(plan.statistics !== null && statistics !== undefined && { statistics }),
    },
    outputs: { loss, ...metrics, ...updated.outputs },
  };
}

function stepContext(plan: StepPlan, state: Tensors, inputs: Tensors): StepContext {
  const { numViews, localViews } = plan.objective;
  const pixels = entry(inputs, 'images') as tf.Tensor4D;
  const viewsOf = (prefix: string, count: number, targetPx: number): tf.Tensor4D =>
    augment(pixels, withoutPrefix(prefix, inputs), { numViews: count, targetPx });
  return {
    images: viewsOf('view.', numViews, plan.px),
    locals: localViews === undefined ? null : viewsOf('local.', localViews.count, localPx(plan.px, localViews)),
    draws: withoutPrefix('draw.', inputs),
    scalars: withoutPrefix('objective.', inputs),
    buffers: withoutPrefix('buffer.', state),
    rows: withoutPrefix('row.', inputs),
  };
}

/** Kept tensors handed back to the surrounding scope. */
function released(kept: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(kept).map(([name, tensor]) => {
      const copy = tf.clone(tensor);
      tensor.dispose();
      return [name, copy];
    }),
  );
}

function unpackGroups(groups: readonly ParameterGroup[], state: Tensors, prefix: string): Tensors {
  return joined(groups.map(({ name, layout }) => unpack(layout, entry(state, prefix + name))));
}

/** The network with the trained parameters in `values`, and everything else from the state. */
function branch(plan: StepPlan, state: Tensors, values: Tensors): Branch {
  const statistics = plan.statistics === null ? {} : unpack(plan.statistics, entry(state, 'statistics'));
  const parameters = { ...withoutPrefix('fixed.', state), ...statistics, ...values };
  return { heads: values, forward: (images) => plan.network.forward(parameters, images, { training: !plan.frozenStatistics }) };
}

/** Optimiser and moving averages. */
function update(plan: StepPlan, state: Tensors, inputs: Tensors, gradients: Tensors): { state: Tensors; outputs: Tensors } {
  const { groups, targeted, optimiser, clipNorm } = plan;
  const flat = groups.map(({ layout }) => packTensors(layout, gradients));
  const norm = clipNorm === null ? null : globalNorm(flat);
  const clip = clipNorm === null || norm === null ? null : clipFactor(norm, clipNorm);
  const shared = withoutPrefix('optimiser.', inputs);
  const next: Tensors = {};
  groups.forEach(({ name }, i) => {
    const gradient = clip === null ? (flat[i] as tf.Tensor) : tf.mul(flat[i] as tf.Tensor, clip);
    const slots = withoutPrefix(`${name}.`, state);
    const scalars = { learningRate: entry(inputs, `rate.${name}`), weightDecay: entry(inputs, `decay.${name}`) };
    const result = optimiser.update(entry(state, name), gradient, slots, scalars, shared);
    next[name] = result.parameters;
    Object.assign(next, withPrefix(`${name}.`, result.slots));
  });
  for (const { name } of targeted) {
    const momentum = entry(inputs, 'targetMomentum');
    const kept = tf.mul(entry(state, `target.${name}`), momentum);
    next[`target.${name}`] = tf.add(kept, tf.mul(entry(next, name), tf.sub(1, momentum)));
  }
  return { state: next, outputs: norm === null ? {} : { gradientNorm: norm } };
}

/** The value of a scalar output. */
export function scalarOf(outputs: HostTensors, name: string): number {
  return floatsOf(outputs, name)[0] ?? NaN;
}
