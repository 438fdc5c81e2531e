/** Which network a weights file belongs to, and what its parameters are called there: told from names and shapes alone. */
import { AppError } from '../contract/errors.ts';
import { mismatchKey } from '../contract/weights-mismatch.ts';
import type { MisshapenTensor, MissingTensor, UnexpectedTensor, WeightsMismatch } from '../contract/weights-mismatch.ts';
import { fileShape } from './file-layout.ts';
import type { Network } from './network.ts';
import type { NameScheme } from './registry.ts';
import { archs, fileLayoutOf, isArch, nameSchemesOf, networkFor } from './registry.ts';

/** The tensors of a file by name; only their shapes are looked at. */
export type Shapes = Readonly<Record<string, { readonly shape: readonly number[] }>>;

export interface RecognisedWeights {
  readonly network: Network;
  /** Whose names they are where not the network's own. */
  readonly library: NameScheme['library'];
  /** What stands before every name, such as `module.`; empty where nothing does. */
  readonly prefix: string;
  /** The tensor of each parameter, by the parameter's name. */
  readonly tensorOf: ReadonlyMap<string, string>;
  /** Tensors that the network has no use for: heads, counters, and what lies beside the network. */
  readonly leftOut: readonly string[];
}

interface Candidate extends Omit<RecognisedWeights, 'leftOut'> {
  readonly leftOut: string[];
  readonly missing: MissingTensor[];
  readonly unexpected: UnexpectedTensor[];
  readonly misshapen: MisshapenTensor[];
}

/** Heads of classifiers and counters that published files carry and no network here has a use for. */
const ignorable =
  /(^|\.)num_batches_tracked$|^((head\.)?fc|head|classifier|last_linear|projector|predictor)\.(\d+\.)?(weight|bias)$|^(predictions|Logits)\/(kernel|bias)$/;

/** Modules that training code puts around a network; their names come before those of the parameters. */
const wrappers = /^(?:(?:module|model|backbone|encoder|encoder_q|base_encoder|net|network|state_dict|_orig_mod)\.)+/;

/** At most this many prefixes are tried: real files have one or two. */
const maxPrefixes = 6;

/** At most this many names of each kind in a message, and in an error's details. */
const maxNamed = 3;
const maxListed = 200;

/**
 * The network of a file with these tensors. `named` is the architecture that its metadata names, if any; a name not known here says nothing,
 * since other tools write an `arch` of their own. Throws `AppError` 'unsupported' where no network resembles it and 'invalid-input' where one
 * does without fitting, with every difference in the details.
 */
export function recogniseWeights(tensors: Shapes, named: string | undefined): RecognisedWeights {
  const prefixes = prefixesOf(Object.keys(tensors));
  const candidates = (named !== undefined && isArch(named) ? [named] : archs).flatMap((arch) => {
    const network = networkFor(arch);
    return nameSchemesOf(arch).flatMap((scheme) => prefixes.map((prefix) => compare(network, scheme, prefix, tensors)));
  });
  const nearest = candidates.reduce((best, next) => (numWrong(next) < numWrong(best) ? next : best));
  if (numWrong(nearest) === 0) return nearest;
  const isNamed = named === nearest.network.arch;
  if (!isNamed && nearest.missing.length > nearest.tensorOf.size / 2) {
    throw new AppError('unsupported', `These weights fit no network known here; the networks known are ${archs.join(', ')}.`);
  }
  throw new AppError('invalid-input', describe(nearest), { details: { [mismatchKey]: mismatchOf(nearest) } });
}

const numWrong = ({ missing, unexpected, misshapen }: Candidate): number => missing.length + unexpected.length + misshapen.length;

/** What may stand before the names: nothing first, then every run of wrappers that some name begins with, the longest last. */
function prefixesOf(names: readonly string[]): string[] {
  const prefixes = new Set(['']);
  for (const name of names) {
    const run = wrappers.exec(name)?.[0] ?? '';
    const parts = run.split('.').slice(0, -1);
    for (let length = 1; length <= parts.length; length++) prefixes.add(`${parts.slice(0, length).join('.')}.`);
    if (prefixes.size >= maxPrefixes) break;
  }
  return [...prefixes];
}

function compare(network: Network, { library, names }: NameScheme, prefix: string, tensors: Shapes): Candidate {
  const layout = fileLayoutOf(network.arch);
  const tensorOf = new Map([...names].map(([parameter, name]) => [parameter, prefix + name]));
  const missing: MissingTensor[] = [];
  const misshapen: MisshapenTensor[] = [];
  for (const [parameter, spec] of Object.entries(network.parameters)) {
    const name = tensorOf.get(parameter) ?? parameter;
    const found = Object.hasOwn(tensors, name) ? tensors[name]?.shape : undefined;
    const expected = fileShape(spec, layout);
    if (found === undefined) missing.push({ name, expected });
    else if (found.join() !== expected.join()) misshapen.push({ name, expected, found });
  }
  const wanted = new Set(tensorOf.values());
  const leftOut: string[] = [];
  const unexpected: UnexpectedTensor[] = [];
  for (const [name, { shape }] of Object.entries(tensors)) {
    if (wanted.has(name)) continue;
    // Beside a wrapped network lie heads and projections, which are nothing of the network's.
    if (!name.startsWith(prefix) || ignorable.test(name.slice(prefix.length))) leftOut.push(name);
    else unexpected.push({ name, found: shape });
  }
  return { network, library, prefix, tensorOf, leftOut, missing, unexpected, misshapen };
}

function mismatchOf({ network, tensorOf, missing, unexpected, misshapen }: Candidate): WeightsMismatch {
  return {
    arch: network.arch,
    numParameters: tensorOf.size,
    missing: missing.slice(0, maxListed),
    unexpected: unexpected.slice(0, maxListed),
    misshapen: misshapen.slice(0, maxListed),
    numMissing: missing.length,
    numUnexpected: unexpected.length,
    numMisshapen: misshapen.length,
  };
}

function describe({ network, missing, unexpected, misshapen }: Candidate): string {
  const list = (label: string, names: readonly string[]): string[] => {
    if (names.length === 0) return [];
    const rest = names.length > maxNamed ? ` and ${names.length - maxNamed} more` : '';
    return [`${label}: ${names.slice(0, maxNamed).join('; ')}${rest}`];
  };
  const nameOf = ({ name }: { readonly name: string }): string => name;
  const differences = [
    ...list('missing', missing.map(nameOf)),
    ...list('unexpected', unexpected.map(nameOf)),
    ...list(
      'wrong shape',
      misshapen.map(({ name, expected, found }) => `${name} [${found.join()}], not [${expected.join()}]`),
    ),
  ];
  return `These weights are not a complete ${network.arch}. ${differences.join('. ')}. Export the whole network's weights again.`;
}
