/** A run set aside so that it can go on later, even in another process. */
import { AppError } from '../contract/errors.ts';
import type { HostTensor, HostTensors } from '../tensor/program.ts';
import type { HealthRecord, HealthReference } from './health.ts';

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
  readonly health: { readonly reference: HealthReference | null; readonly records: readonly HealthRecord[] };
  /** Parameters, optimiser state, moving averages and running statistics. */
  readonly state: HostTensors;
}

export interface EncodedCheckpoint {
  /** JSON. */
  readonly meta: string;
  readonly bytes: Uint8Array;
}

const version = 1;

interface Meta extends Omit<Checkpoint, 'state'> {
  readonly version: number;
  readonly tensors: readonly {
    readonly name: string;
    readonly dtype: HostTensor['dtype'];
    readonly shape: readonly number[];
    readonly offset: number;
  }[];
}

/** A checkpoint as text and bytes; tensors start at multiples of 4, little-endian. */
export function encodeCheckpoint(checkpoint: Checkpoint): EncodedCheckpoint {
  const { state, health, ...rest } = checkpoint;
  const reference = health.reference === null ? null : { ...health.reference, neighbours: [...health.reference.neighbours] };
  let offset = 0;
  const tensors = Object.entries(state).map(([name, { dtype, shape, data }]) => {
    const placed = { name, dtype, shape, offset };
    offset += Math.ceil(data.byteLength / 4) * 4;
    return placed;
  });
  const bytes = new Uint8Array(offset);
  Object.values(state).forEach(({ data }, i) => {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), tensors[i]?.offset);
  });
  return { meta: JSON.stringify({ version, ...rest, health: { ...health, reference }, tensors }), bytes };
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
  const arrays = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };
  const state = Object.fromEntries(
    tensors.map(({ name, dtype, shape, offset }) => {
      const size = shape.reduce((product, extent) => product * extent, 1);
      const end = offset + size * arrays[dtype].BYTES_PER_ELEMENT;
      if (end > bytes.byteLength)
        throw new AppError('io', 'The saved state of this unfinished run is incomplete. Start it again from the beginning.');
      const copy = bytes.slice(offset, end).buffer;
      return [name, { dtype, shape, data: new arrays[dtype](copy) } satisfies HostTensor];
    }),
  );
  const reference = health.reference === null ? null : { ...health.reference, neighbours: Int32Array.from(health.reference.neighbours) };
  return { ...rest, health: { records: health.records, reference }, state };
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
