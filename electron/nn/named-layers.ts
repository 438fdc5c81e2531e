/** Layers as descriptions: which parameters they have, under which names, and how a forward pass applies them. */
import { AppError } from '../contract/errors.ts';
import type { HostTensors, Tensors } from '../tensor/program.ts';
import { createRandom } from '../tensor/random.ts';
import type { tf } from '../tensor/tf.ts';
import type { Activation, LayerResult, Norm, Padding } from './layers.ts';
import { convNormAct, normAct, standardise } from './layers.ts';
import type { ParameterSpec } from './network.ts';

interface NormNames {
  readonly scale: string;
  readonly shift: string;
  readonly numChannels: number;
  readonly epsilon: number;
}

export interface BatchNormLayer extends NormNames {
  readonly kind: 'batch';
  readonly runningMean: string;
  readonly runningVariance: string;
}

export interface GroupNormLayer extends NormNames {
  readonly kind: 'group';
  readonly numGroups: number;
}

export type NormLayer = BatchNormLayer | GroupNormLayer;

export interface ConvLayer {
  readonly kind: 'conv';
  /** Name of the filter. */
  readonly filter: string;
  readonly kernelPx: number;
  readonly numInputs: number;
  readonly numOutputs: number;
  readonly stride: number;
  readonly padding: Padding;
  readonly depthwise: boolean;
  /** Name of the bias, or null. */
  readonly bias: string | null;
  readonly norm: NormLayer | null;
  readonly activation: Activation;
  /** The epsilon of weight standardisation, or null where the filter is used as it is. */
  readonly standardisation: number | null;
}

export type Layer = ConvLayer | NormLayer;

type ConvDefaults = 'stride' | 'padding' | 'depthwise' | 'bias' | 'norm' | 'activation' | 'standardisation';
type ConvShape = Pick<ConvLayer, 'filter' | 'kernelPx' | 'numInputs' | 'numOutputs'>;

/** A dense convolution with stride 1, padded by half its kernel, with nothing after it, unless said otherwise. */
export function conv(shape: ConvShape, options: Partial<Pick<ConvLayer, ConvDefaults>> = {}): ConvLayer {
  return {
    kind: 'conv',
    stride: 1,
    padding: Math.floor(shape.kernelPx / 2),
    depthwise: false,
    bias: null,
    norm: null,
    activation: 'none',
    standardisation: null,
    ...shape,
    ...options,
  };
}

/** Batch normalisation named as a PyTorch module is. */
export function torchBatchNorm(name: string, numChannels: number): BatchNormLayer {
  return {
    kind: 'batch',
    scale: `${name}.weight`,
    shift: `${name}.bias`,
    runningMean: `${name}.running_mean`,
    runningVariance: `${name}.running_var`,
    numChannels,
    epsilon: 1e-5,
  };
}

/** Batch normalisation named as a Keras layer is. */
export function kerasBatchNorm(name: string, numChannels: number): BatchNormLayer {
  return {
    kind: 'batch',
    scale: `${name}/gamma`,
    shift: `${name}/beta`,
    runningMean: `${name}/moving_mean`,
    runningVariance: `${name}/moving_variance`,
    numChannels,
    epsilon: 1e-3,
  };
}

/** Group normalisation with 32 groups, named as a PyTorch module is. */
export function torchGroupNorm(name: string, numChannels: number): GroupNormLayer {
  return { kind: 'group', scale: `${name}.weight`, shift: `${name}.bias`, numGroups: 32, numChannels, epsilon: 1e-5 };
}

/** A parameter and what it holds before any training: one number everywhere, or He-normal values. */
export interface DeclaredParameter extends ParameterSpec {
  readonly initial: number | 'he-normal';
}

/** The parameters of `layers` by name, in the order of the layers. */
export function declareParameters(layers: readonly Layer[]): Record<string, DeclaredParameter> {
  return Object.fromEntries(layers.flatMap((layer) => (layer.kind === 'conv' ? declareConv(layer) : declareNorm(layer))));
}

function declareConv(layer: ConvLayer): [string, DeclaredParameter][] {
  const { filter, kernelPx, numInputs, numOutputs, depthwise, bias, norm } = layer;
  const shape = depthwise ? [kernelPx, kernelPx, numInputs, 1] : [kernelPx, kernelPx, numInputs, numOutputs];
  const declared: [string, DeclaredParameter][] = [[filter, { shape, kind: 'weight', initial: 'he-normal' }]];
  if (bias !== null) declared.push([bias, { shape: [numOutputs], kind: 'bias', initial: 0 }]);
  return norm === null ? declared : [...declared, ...declareNorm(norm)];
}

function declareNorm(layer: NormLayer): [string, DeclaredParameter][] {
  const shape = [layer.numChannels];
  const declared: [string, DeclaredParameter][] = [
    [layer.scale, { shape, kind: 'norm', initial: 1 }],
    [layer.shift, { shape, kind: 'norm', initial: 0 }],
  ];
  if (layer.kind === 'batch') {
    declared.push([layer.runningMean, { shape, kind: 'statistic', initial: 0 }]);
    declared.push([layer.runningVariance, { shape, kind: 'statistic', initial: 1 }]);
  }
  return declared;
}

/** First values of declared parameters; weights are He-normal (He et al. 2015): N(0, 2 / fan-in). */
export function initialiseParameters(declared: Readonly<Record<string, DeclaredParameter>>, seed: number): HostTensors {
  const random = createRandom(seed);
  const tensors: HostTensors = {};
  for (const [name, { shape, initial }] of Object.entries(declared)) {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    if (initial === 'he-normal') {
      const deviation = Math.sqrt(2 / fanIn(shape));
      for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal();
    } else {
      data.fill(initial);
    }
    tensors[name] = { dtype: 'float32', shape, data };
  }
  return tensors;
}

/** Inputs of one output of a filter [h, w, in, out]; a depthwise filter [h, w, C, 1] sees one channel. */
function fanIn(shape: readonly number[]): number {
  const [height = 1, width = 1, numInputs = 1, numOutputs = 1] = shape;
  return height * width * (numOutputs === 1 ? 1 : numInputs);
}

/** One pass over a batch: looks parameters up by name and gathers the running statistics. */
export class ForwardPass {
  readonly statistics: Tensors = {};
  readonly stages: tf.Tensor4D[] = [];
  readonly #parameters: Tensors;
  readonly #training: boolean;

  constructor(parameters: Tensors, training: boolean) {
    this.#parameters = parameters;
    this.#training = training;
  }

  /** [B, H, W, in] -> [B, H', W', out]. Throws `AppError` where a parameter is missing. */
  conv(x: tf.Tensor4D, layer: ConvLayer): tf.Tensor4D {
    const { stride, padding, depthwise, activation, norm, bias, standardisation } = layer;
    const filter = this.#filter(layer.filter);
    const result = convNormAct(x, {
      filter: standardisation === null ? filter : standardise(filter, standardisation),
      bias: bias === null ? null : this.#vector(bias),
      norm: norm === null ? null : this.#norm(norm),
      stride,
      padding,
      depthwise,
      activation,
      training: this.#training,
    });
    return this.#keep(norm, result);
  }

  /** [B, H, W, C] -> [B, H, W, C]. Throws `AppError` where a parameter is missing. */
  norm(x: tf.Tensor4D, layer: NormLayer, activation: Activation): tf.Tensor4D {
    return this.#keep(layer, normAct(x, { norm: this.#norm(layer), activation, training: this.#training }));
  }

  /** Keeps `x` as the map of a stage, and returns it. */
  stage(x: tf.Tensor4D): tf.Tensor4D {
    this.stages.push(x);
    return x;
  }

  #norm(layer: NormLayer): Norm {
    const shared = {
      scale: this.#vector(layer.scale),
      shift: this.#vector(layer.shift),
      epsilon: layer.epsilon,
    };
    if (layer.kind === 'group') return { kind: 'group', ...shared, numGroups: layer.numGroups };
    return {
      kind: 'batch',
      ...shared,
      runningMean: this.#vector(layer.runningMean),
      runningVariance: this.#vector(layer.runningVariance),
    };
  }

  #keep(layer: NormLayer | null, { output, statistics }: LayerResult): tf.Tensor4D {
    if (layer?.kind === 'batch' && statistics !== null) {
      this.statistics[layer.runningMean] = statistics.mean;
      this.statistics[layer.runningVariance] = statistics.variance;
    }
    return output;
  }

  #filter(name: string): tf.Tensor4D {
    return this.#parameter(name) as tf.Tensor4D;
  }

  #vector(name: string): tf.Tensor1D {
    return this.#parameter(name) as tf.Tensor1D;
  }

  #parameter(name: string): tf.Tensor {
    const tensor = this.#parameters[name];
    if (tensor === undefined) throw new AppError('internal', `Parameter ${name} is missing.`);
    return tensor;
  }
}
