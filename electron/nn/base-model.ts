/** Base models as weights files: recognising, reading and writing them. */
import { AppError } from '../contract/errors.ts';
import type { HostTensor, HostTensors } from '../tensor/program.ts';
import { fromFileLayout, toFileLayout } from './file-layout.ts';
import type { Network } from './network.ts';
import { recogniseWeights } from './recognise-weights.ts';
import type { RecognisedWeights } from './recognise-weights.ts';
import { fileLayoutOf } from './registry.ts';
import { parseSafetensors, writeSafetensors } from './safetensors.ts';
import type { SafetensorsHeader } from './safetensors.ts';

export interface BaseModel {
  readonly network: Network;
  readonly parameters: HostTensors;
  readonly metadata: Readonly<Record<string, string>>;
  /** How the file named its tensors, and what of it was left out. */
  readonly recognised: RecognisedWeights;
}

/**
 * Reads a base model from a safetensors file in memory. The architecture is the one the file's metadata names under
 * `arch`, or else the one whose parameters have the file's names (its own or another library's, behind a common prefix) and
 * shapes; the head of a classifier that the network does not have is left out. Throws `AppError` 'invalid-input' where the file is damaged, holds other than finite
 * float32 weights, or lacks parameters, and 'unsupported' where no network resembles it.
 */
export function loadBase(bytes: Uint8Array): BaseModel {
  const { metadata, tensors } = parseSafetensors(bytes);
  const recognised = recogniseWeights(tensors, metadata['arch']);
  const { network, tensorOf } = recognised;
  const layout = fileLayoutOf(network.arch);
  const parameters = Object.entries(network.parameters).map(([name, parameter]): [string, HostTensor] => {
    const fileName = tensorOf.get(name) ?? name;
    const tensor = tensors[fileName];
    if (tensor === undefined) throw new AppError('internal', `Parameter ${fileName} is missing.`);
    checkWeights(fileName, tensor);
    return [name, fromFileLayout(tensor, parameter, layout)];
  });
  return { network, parameters: Object.fromEntries(parameters), metadata, recognised };
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

/** What a file with this header holds the weights of; the weights themselves are not looked at. Throws as `loadBase` does. */
export function identifyBase({ metadata, shapes }: SafetensorsHeader): RecognisedWeights {
  return recogniseWeights(shapes, metadata['arch']);
}

function checkWeights(name: string, { dtype, data }: HostTensor): void {
  if (dtype !== 'float32') throw new AppError('invalid-input', `Parameter ${name} holds ${dtype}; export the weights as float32.`);
  if (!data.every((value) => Number.isFinite(value))) {
    throw new AppError('invalid-input', `Parameter ${name} holds values that are not finite numbers; the weights are unusable.`);
  }
}
