/** What an executor runs: a pure function over named TensorFlow.js tensors, and the plain arrays that go in and out. */
import type { tf } from './tf.ts';

export type Tensors = Record<string, tf.Tensor>;

/** A tensor in ordinary memory, row-major. */
export interface HostTensor {
  readonly dtype: 'float32' | 'int32' | 'uint8';
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

export type HostTensors = Record<string, HostTensor>;

/**
 * Type and shape of one input. A leading `null` means any batch size; nothing else may vary. Inside the program a `uint8`
 * input is an `int32` tensor, the nearest type TensorFlow.js has.
 */
export interface InputSpec {
  readonly dtype: 'float32' | 'int32' | 'uint8';
  readonly shape: readonly [number | null, ...number[]] | readonly [];
}

/**
 * A pure function: (state, inputs) -> (state', outputs). Randomness comes in as inputs.
 *
 * Entries of `state` that `run` returns under the same name are carried to the next call; the others are constants,
 * which a compiling executor folds into the program.
 */
export interface Program {
  readonly name: string;
  readonly state: HostTensors;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly run: (state: Tensors, inputs: Tensors) => { readonly state: Tensors; readonly outputs: Tensors };
}

/** A loaded program. Not re-entrant: await one call before the next. */
export interface Session {
  /** Runs once, advances the carried state and returns the outputs. Throws `AppError` naming a missing or misshapen input. */
  run(inputs: HostTensors): Promise<HostTensors>;
  /** A copy of every carried entry as it stands now. */
  readState(): Promise<HostTensors>;
  dispose(): Promise<void>;
}

export interface LoadOptions {
  /**
   * Whether other threads have work to do between runs, such as decoding the next batch: the executor's own threads then sleep while they
   * wait instead of spinning. A training step alone is about a tenth slower that way.
   */
  readonly sharesCores?: boolean;
}

/** Runs programs one way: `eager:<backend>` op by op, `compiled:<provider>` as one ONNX graph. */
export interface Executor {
  readonly id: string;
  load(program: Program, options?: LoadOptions): Promise<Session>;
}
