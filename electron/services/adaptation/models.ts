/** Base models and their descendants in a project. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { AppError } from '../../contract/errors.ts';
import type { ClassifierHead } from '../../learn/classifier.ts';
import { loadBase, saveBase } from '../../nn/base-model.ts';
import type { Network } from '../../nn/network.ts';
import { numTellingBytes, refuseForeignFile } from '../../nn/foreign-file.ts';
import { networkFor } from '../../nn/registry.ts';
import { parseSafetensors, writeSafetensors } from '../../nn/safetensors.ts';
import type { ModelRecord } from '../../project/models.ts';
import type { HostTensor, HostTensors } from '../../tensor/program.ts';
import { catalogue } from '../base-models/catalogue.ts';
import { checkUnchanged, provenanceOf } from '../base-models/provenance.ts';
import type { Workspace } from '../workspace.ts';

export interface LoadedModel {
  readonly record: ModelRecord;
  readonly network: Network;
  readonly parameters: HostTensors;
}

/** Size of images most published networks were trained at; only a description, any size can be embedded. */
const basePx = 224;

/**
 * The base model of a weights file, or a network that has learnt nothing (`scratch`, or `scratch:<architecture>`). The same
 * file is kept once, under the network's own names and without what it has no use for. Throws where the file cannot be read, has
 * changed since it was downloaded, or fits no network.
 */
export function ensureBase(workspace: Workspace, base: string, seed: number): ModelRecord {
  const { models } = workspace.project;
  const isUntrained = isScratch(base);
  const bytes = isUntrained ? scratch(base, seed) : readWeights(base);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const known = models.list().find((model) => model.kind === 'base' && (model.settings as { sha256?: string }).sha256 === sha256);
  if (known !== undefined) return known;
  const { network, parameters, metadata, recognised } = loadBase(bytes);
  const { library, prefix, leftOut } = recognised;
  const isAsItIs = library === null && prefix === '' && leftOut.length === 0;
  const origin = isUntrained ? null : provenanceOf(base);
  return models.add({
    name: isUntrained ? `${network.arch}, untrained` : basename(base, extname(base)),
    arch: network.arch,
    kind: 'base',
    parentId: null,
    method: isUntrained ? 'scratch' : 'imported',
    px: basePx,
    settings: {
      sha256,
      license: metadata['license'] ?? origin?.license ?? null,
      source: metadata['source'] ?? origin?.source ?? null,
    },
    metrics: {},
    outputs: null,
    weights: isAsItIs ? bytes : saveBase(network, parameters, metadata),
  });
}

const modelPrefix = 'model:';

/** The id in 'model:<id>'; null for any other reference. */
export function modelIdOf(ref: string): number | null {
  return /^model:\d{1,10}$/.test(ref) ? Number(ref.slice(modelPrefix.length)) : null;
}

/** A model of the project by 'model:<id>', or else what `ensureBase` makes of the reference. Throws `not-found`, and as `ensureBase`. */
export function resolveBase(workspace: Workspace, ref: string, seed: number): ModelRecord {
  const id = modelIdOf(ref);
  return id === null ? ensureBase(workspace, ref, seed) : workspace.project.models.get(id);
}

/** Network and parameters of what `resolveBase` takes, without keeping anything in the project. Throws as it does. */
export function readBase(workspace: Workspace, ref: string, seed: number): Pick<LoadedModel, 'network' | 'parameters'> {
  const id = modelIdOf(ref);
  if (id !== null) return loadModel(workspace, id);
  return loadBase(isScratch(ref) ? scratch(ref, seed) : readWeights(ref));
}

/** Throws where `ensureBase` would for want of a readable file or a known architecture. */
export function checkBase(base: string): void {
  if (isScratch(base)) networkFor(scratchArch(base));
  else loadBase(readWeights(base));
}

function isScratch(base: string): boolean {
  return base === 'scratch' || base.startsWith('scratch:');
}

function scratchArch(base: string): string {
  return base.split(':')[1] ?? 'resnet18';
}

function scratch(base: string, seed: number): Uint8Array {
  const network = networkFor(scratchArch(base));
  return saveBase(network, network.init(seed), { source: 'random initialisation' });
}

function readWeights(path: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    const isOffered = catalogue.some(({ name }) => name === path);
    const wayOut = isOffered
      ? `Download them first: acclimate models get ${path}`
      : 'Give a safetensors file, or "scratch" to start from nothing.';
    throw new AppError('not-found', `The weights ${path} cannot be read. ${wayOut}`, { cause });
  }
  refuseForeignFile(bytes.subarray(0, numTellingBytes), basename(path));
  checkUnchanged(path, bytes);
  return bytes;
}

const headPrefix = 'acclimate_head.';

/** A model's network and parameters; those of a head kept alone are its parent's. Throws `not-found`. */
export function loadModel(workspace: Workspace, id: number): LoadedModel {
  const record = workspace.project.models.get(id);
  const { metadata, tensors } = parseSafetensors(workspace.project.models.weights(id));
  const body = Object.fromEntries(Object.entries(tensors).filter(([name]) => !name.startsWith(headPrefix)));
  if (Object.keys(body).length === 0 && record.parentId !== null) return { ...loadModel(workspace, record.parentId), record };
  const { network, parameters } = loadBase(writeSafetensors(body, metadata));
  return { record, network, parameters };
}

/** Bytes of a model by itself, its parent's network included where that is shared. */
export function sizeAlone({ project }: Workspace, { id, parentId, kind }: ModelRecord): number {
  const own = project.models.sizeBytes(id);
  const parents = kind === 'classifier' && parentId !== null ? project.models.sizeBytes(parentId) : 0;
  // A head is far smaller than the network below it.
  return own < parents ? own + parents : own;
}

/** Network, parameters and head as the bytes of one safetensors file. */
export function classifierBytes(network: Network, parameters: HostTensors, head: ClassifierHead): Uint8Array {
  const { metadata, tensors } = parseSafetensors(saveBase(network, parameters));
  return writeSafetensors({ ...tensors, ...headTensors(head) }, metadata);
}

/**
 * The head alone, for a classifier on its parent's network as it is: every training would store the same megabytes again. The parent cannot be removed
 * while it has children.
 */
export function headBytes(head: ClassifierHead): Uint8Array {
  return writeSafetensors(headTensors(head));
}

function headTensors(head: ClassifierHead): HostTensors {
  const floats = (shape: readonly number[], data: Float32Array): HostTensor => ({ dtype: 'float32', shape, data });
  return {
    [`${headPrefix}weights`]: floats([head.numFeatures, head.numClasses], head.weights),
    [`${headPrefix}bias`]: floats([head.numClasses], head.bias),
    [`${headPrefix}mean`]: floats([head.numFeatures], head.mean),
    [`${headPrefix}std`]: floats([head.numFeatures], head.std),
  };
}

/** A classifier with its head. Throws `not-found`, and `conflict` for a model that has none. */
export function loadClassifier(workspace: Workspace, id: number): LoadedModel & { readonly head: ClassifierHead } {
  const model = loadModel(workspace, id);
  const { tensors } = parseSafetensors(workspace.project.models.weights(id));
  const part = (name: string): HostTensor => {
    const tensor = tensors[headPrefix + name];
    if (tensor === undefined) throw new AppError('conflict', `${model.record.name} is not a classifier. Train one first.`);
    return tensor;
  };
  const weights = part('weights');
  const floats = (name: string): Float32Array => part(name).data as Float32Array;
  const [numFeatures = 0, numClasses = 0] = weights.shape;
  return {
    ...model,
    head: { numFeatures, numClasses, weights: floats('weights'), bias: floats('bias'), mean: floats('mean'), std: floats('std') },
  };
}

/** The newest model of a kind. Throws `conflict` saying how to make one. */
export function newestModel(workspace: Workspace, kind: ModelRecord['kind']): ModelRecord {
  const found = workspace.project.models.list().findLast((model) => model.kind === kind);
  if (found !== undefined) return found;
  const how = { base: 'Give a base model first.', adapted: 'Adapt one first.', classifier: 'Train one first.' }[kind];
  throw new AppError('conflict', `The project has no ${kind} model yet. ${how}`);
}
