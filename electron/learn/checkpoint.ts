/** A run set aside so that it can go on later, even in another process. */
import { AppError } from '../contract/errors.ts';
import type { HostTensor, HostTensors } from '../tensor/program.ts';
import type { HealthReference } from './health.ts';
import type { HealthState } from './health-monitor.ts';

/** Means over the steps since the point before. */
export interface CurvePoint {
  /** Steps made so far. */
  readonly step: number;
  readonly elapsedMs: number;
  /** `loss`, the objective's metrics, and `rateFactor`. */
  readonly values: Readonly<Record<string, number>>;
}

/** What a run must have in common with the checkpoint it resumes from. */
export type RunIdentity = Readonly<Record<string, string | number | boolean>>;

/** Randomness and batch order are functions of seed and step, so neither is here. */
export interface Checkpoint {
  readonly identity: RunIdentity;
  /** Steps made. */
  readonly step: number;
  readonly elapsedMs: number;
  readonly curves: readonly CurvePoint[];
  readonly health: HealthState;
  /** Parameters, optimiser state, moving averages and running statistics. */
  readonly state: HostTensors;
}

export interface EncodedCheckpoint {
  /** JSON. */
  readonly meta: string;
  readonly bytes: Uint8Array;
}

const version = 2;
/** Before the names of the weights that the run has set aside as its best so far. */
const keptPrefix = 'kept:';

interface PlacedTensor {
  readonly name: string;
  readonly dtype: HostTensor['dtype'];
  readonly shape: readonly number[];
  readonly offset: number;
}

type Plain<Reference> = Omit<Reference, 'neighbours' | 'clusters'> & { readonly neighbours: number[]; readonly clusters: number[] };

interface Meta extends Omit<Checkpoint, 'state' | 'health'> {
  readonly version: number;
  readonly health: Omit<HealthState, 'reference' | 'previous' | 'kept'> & {
    readonly reference: Plain<HealthReference> | null;
    readonly previous: Plain<HealthReference> | null;
    readonly kept: (Omit<NonNullable<HealthState['kept']>, 'weights'> & { readonly hasWeights: boolean }) | null;
  };
  readonly tensors: readonly PlacedTensor[];
}

const plain = (reference: HealthReference | null): Plain<HealthReference> | null =>
  reference && { ...reference, neighbours: [...reference.neighbours], clusters: [...reference.clusters] };
const typed = (reference: Plain<HealthReference> | null): HealthReference | null =>
  reference && { ...reference, neighbours: Int32Array.from(reference.neighbours), clusters: Int32Array.from(reference.clusters) };

/** A checkpoint as text and bytes; tensors start at multiples of 4, little-endian. */
export function encodeCheckpoint(checkpoint: Checkpoint): EncodedCheckpoint {
  const { state, health, ...rest } = checkpoint;
  const { reference, previous, records, kept } = health;
  const keptWeights = Object.fromEntries(Object.entries(kept?.weights ?? {}).map(([name, tensor]) => [keptPrefix + name, tensor]));
  const all = Object.entries({ ...state, ...keptWeights });
  let offset = 0;
  const tensors = all.map(([name, { dtype, shape, data }]) => {
    const placed = { name, dtype, shape, offset };
    offset += Math.ceil(data.byteLength / 4) * 4;
    return placed;
  });
  const bytes = new Uint8Array(offset);
  all.forEach(([, { data }], i) => {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), tensors[i]?.offset);
  });
  const meta: Meta = {
    version,
    ...rest,
    health: {
      records,
      reference: plain(reference),
      previous: plain(previous),
      kept: kept && { points: kept.points, chosen: kept.chosen, hasWeights: kept.weights !== null },
    },
    tensors,
  };
  return { meta: JSON.stringify(meta), bytes };
}

/** The checkpoint again. Throws `AppError` 'unsupported' for one that another version wrote, 'io' for one cut short. */
export function decodeCheckpoint({ meta, bytes }: EncodedCheckpoint): Checkpoint {
  const { version: found, tensors, health, ...rest } = JSON.parse(meta) as Meta;
  if (found !== version) {
    throw new AppError(
      'unsupported',
      'This unfinished run was started by another version of Acclimate. Start it again from the beginning.',
    );
  }
  const read = tensors.map((placed) => [placed.name, tensorAt(placed, bytes)] as const);
  const isKept = (name: string): boolean => name.startsWith(keptPrefix);
  const weights = Object.fromEntries(
    read.filter(([name]) => isKept(name)).map(([name, tensor]) => [name.slice(keptPrefix.length), tensor]),
  );
  const { kept } = health;
  return {
    ...rest,
    health: {
      records: health.records,
      reference: typed(health.reference),
      previous: typed(health.previous),
      kept: kept && { points: kept.points, chosen: kept.chosen, weights: kept.hasWeights ? weights : null },
    },
    state: Object.fromEntries(read.filter(([name]) => !isKept(name))),
  };
}

function tensorAt({ dtype, shape, offset }: PlacedTensor, bytes: Uint8Array): HostTensor {
  const arrays = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };
  const size = shape.reduce((product, extent) => product * extent, 1);
  const end = offset + size * arrays[dtype].BYTES_PER_ELEMENT;
  if (end > bytes.byteLength) {
    throw new AppError('io', 'The saved state of this unfinished run is incomplete. Start it again from the beginning.');
  }
  return { dtype, shape, data: new arrays[dtype](bytes.slice(offset, end).buffer) };
}

/** Throws `AppError` 'invalid-input' when the checkpoint belongs to a run with other settings. */
export function checkSameRun(checkpoint: Checkpoint, identity: RunIdentity): void {
  const names = new Set([...Object.keys(identity), ...Object.keys(checkpoint.identity)]);
  const different = [...names].filter((name) => identity[name] !== checkpoint.identity[name]);
  if (different.length > 0) {
    throw new AppError(
      'invalid-input',
      `The unfinished run had other settings (${different.join(', ')}). Start again, or go back to its settings.`,
    );
  }
}
