/** Base models as weights files: recognising, reading and writing them. */
import { AppError } from '../contract/errors.ts';
import type { HostTensor, HostTensors } from '../tensor/program.ts';
import { fileShape, fromFileLayout, toFileLayout } from './file-layout.ts';
import type { Network } from './network.ts';
import { archs, fileLayoutOf, isArch, networkFor } from './registry.ts';
import { parseSafetensors, writeSafetensors } from './safetensors.ts';
import type { SafetensorsHeader } from './safetensors.ts';

export interface BaseModel {
  readonly network: Network;
  readonly parameters: HostTensors;
  readonly metadata: Readonly<Record<string, string>>;
}

type Shapes = SafetensorsHeader['shapes'];

/** How a file's tensors differ from what a network wants. */
interface Comparison {
  readonly network: Network;
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  /** As `name [shape in the file], not [shape wanted]`. */
  readonly misshapen: readonly string[];
}

/** Heads of classifiers and counters that published files carry and no network here has a use for. */
const ignorable = /(^|\.)num_batches_tracked$|^(fc|classifier|head\.fc)\.(\d+\.)?(weight|bias)$|^(predictions|Logits)\/(kernel|bias)$/;

/** At most this many names of each kind in a message. */
const maxListed = 3;

/**
 * Reads a base model from a safetensors file in memory. The architecture is the one the file's metadata names under
 * `arch`, or else the one whose parameters have the file's names and shapes; the head of a classifier that the network
 * does not have is left out. Throws `AppError` 'invalid-input' where the file is damaged, holds other than finite
 * float32 weights, or lacks parameters, and 'unsupported' where no network resembles it.
 */
export function loadBase(bytes: Uint8Array): BaseModel {
  const { metadata, tensors } = parseSafetensors(bytes);
  const network = recognise(tensors, metadata['arch']);
  const layout = fileLayoutOf(network.arch);
  const parameters = Object.entries(network.parameters).map(([name, parameter]): [string, HostTensor] => {
    const tensor = tensors[name];
    if (tensor === undefined) throw new AppError('internal', `Parameter ${name} is missing.`);
    checkWeights(name, tensor);
    return [name, fromFileLayout(tensor, parameter, layout)];
  });
  return { network, parameters: Object.fromEntries(parameters), metadata };
}

/**
 * A safetensors file of the network's parameters under the names and in the layout of the file they came from, so that other
 * tools read it too; `arch` joins the metadata. Throws `AppError` 'invalid-input' where a parameter is missing or misshapen.
 */
export function saveBase(network: Network, parameters: HostTensors, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const layout = fileLayoutOf(network.arch);
  const tensors = Object.entries(network.parameters).map(([name, parameter]): [string, HostTensor] => {
    const tensor = parameters[name];
    if (tensor === undefined || tensor.shape.join() !== parameter.shape.join()) {
      const found = tensor === undefined ? 'missing' : `of shape [${tensor.shape.join(',')}]`;
      throw new AppError('invalid-input', `Parameter ${name} of ${network.arch} is ${found}; it must have [${parameter.shape.join(',')}].`);
    }
    return [name, toFileLayout(tensor, parameter, layout)];
  });
  return writeSafetensors(Object.fromEntries(tensors), { ...metadata, arch: network.arch });
}

/** The network that a file with this header holds the weights of; the weights themselves are not looked at. Throws as `loadBase` does. */
export function identifyBase({ metadata, shapes }: SafetensorsHeader): Network {
  return recognise(shapes, metadata['arch']);
}

function recognise(tensors: Shapes, named: string | undefined): Network {
  // Other tools write an `arch` of their own, so a name not known here says nothing.
  const candidates = named !== undefined && isArch(named) ? [named] : archs;
  const comparisons = candidates.map((arch) => compare(networkFor(arch), tensors));
  const numWrong = ({ missing, unexpected, misshapen }: Comparison): number => missing.length + unexpected.length + misshapen.length;
  const nearest = comparisons.reduce((best, next) => (numWrong(next) < numWrong(best) ? next : best));
  if (numWrong(nearest) === 0) return nearest.network;
  if (candidates.length > 1 && nearest.missing.length > Object.keys(nearest.network.parameters).length / 2) {
    throw new AppError('unsupported', `These weights fit no network known here; the networks known are ${archs.join(', ')}.`);
  }
  throw new AppError('invalid-input', describe(nearest), { details: { ...nearest, network: nearest.network.arch } });
}

function compare(network: Network, tensors: Shapes): Comparison {
  const layout = fileLayoutOf(network.arch);
  const missing: string[] = [];
  const misshapen: string[] = [];
  for (const [name, parameter] of Object.entries(network.parameters)) {
    const tensor = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
    const wanted = fileShape(parameter, layout).join(',');
    if (tensor === undefined) missing.push(name);
    else if (tensor.shape.join(',') !== wanted) misshapen.push(`${name} [${tensor.shape.join(',')}], not [${wanted}]`);
  }
  const unexpected = Object.keys(tensors).filter((name) => !Object.hasOwn(network.parameters, name) && !ignorable.test(name));
  return { network, missing, unexpected, misshapen };
}

function describe({ network, missing, unexpected, misshapen }: Comparison): string {
  const list = (label: string, names: readonly string[]): string[] => {
    if (names.length === 0) return [];
    const rest = names.length > maxListed ? ` and ${names.length - maxListed} more` : '';
    return [`${label}: ${names.slice(0, maxListed).join('; ')}${rest}`];
  };
  const differences = [...list('missing', missing), ...list('unexpected', unexpected), ...list('wrong shape', misshapen)];
  return `These weights are not a complete ${network.arch}. ${differences.join('. ')}. Export the whole network's weights again.`;
}

function checkWeights(name: string, { dtype, data }: HostTensor): void {
  if (dtype !== 'float32') throw new AppError('invalid-input', `Parameter ${name} holds ${dtype}; export the weights as float32.`);
  if (!data.every((value) => Number.isFinite(value))) {
    throw new AppError('invalid-input', `Parameter ${name} holds values that are not finite numbers; the weights are unusable.`);
  }
}
