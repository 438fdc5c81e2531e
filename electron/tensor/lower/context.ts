/** What a lowering sees: the graph being built, and the ONNX names of the values computed so far. */
import { AppError } from '../../contract/errors.ts';
import { ELEMENT_TYPE, GraphBuilder } from '../onnx.ts';
import type { OnnxDType } from '../onnx.ts';
import { formatShape } from '../trace/graph.ts';
import type { Step, Value } from '../trace/graph.ts';

/** How a graph is to be run, where that decides between lowerings. */
export interface LoweringTarget {
  /**
   * `training`: filters change every step, so convolutions are matrix products and blocked convolutions over row-major
   * activations. `inference`: filters are constants; plain NCHW convolutions, which ONNX Runtime folds, fuses and lays out itself.
   */
  readonly mode: 'training' | 'inference';
  /** Channels per block of ONNX Runtime's blocked convolutions (16 with AVX-512, 8 with AVX2), 0 where there are none. */
  readonly blockChannels: number;
  /** Whether max pooling can tell where its maxima were; ONNX Runtime's WebGPU provider fails when asked. */
  readonly poolIndices: boolean;
  /** Whether dimensions of {@link BATCH_MARK} stand for any size. */
  readonly variableBatch: boolean;
}

/**
 * Stands for "any batch size" while a program with a variable batch is traced, since tfjs wants numbers. A prime, so that
 * a size that is a multiple of it contains the batch.
 */
export const BATCH_MARK = 7919;

/**
 * A value in the ONNX graph. `dims` broadcasts to the value's shape but may be smaller: a gradient spread evenly over an
 * activation stays a scalar until something needs it whole.
 */
export interface Lowered {
  readonly name: string;
  readonly dims: readonly number[];
}

export class LoweringContext {
  readonly graph = new GraphBuilder();
  readonly target: LoweringTarget;
  readonly #lowered = new Map<Value, Lowered>();
  readonly #bytes = new Map<Value, string>();
  readonly #expandKeys = new Map<Value, number>();
  readonly #memo = new Map<string, string>();

  constructor(target: LoweringTarget) {
    this.target = target;
  }

  set(value: Value, name: string, dims: readonly number[] = value.shape): void {
    this.#lowered.set(value, { name, dims });
  }

  /** Makes `value` another name for what `known` already is. */
  alias(value: Value, known: Value): void {
    this.#lowered.set(value, this.get(known));
    this.#expandKeys.set(value, this.#expandKeys.get(known) ?? known.id);
  }

  /** Registers a graph input that holds bytes; the traced program sees int32. */
  setBytes(value: Value, name: string): void {
    this.#bytes.set(value, name);
  }

  /** The uint8 input behind a value, if it is one: casting it straight to float32 saves a pass. */
  bytes(value: Value): string | undefined {
    return this.#bytes.get(value);
  }

  /** The value as it is, perhaps smaller than its shape. */
  get(value: Value): Lowered {
    const known = this.#lowered.get(value);
    if (known !== undefined) return known;
    const bytes = this.#bytes.get(value);
    if (bytes !== undefined) {
      this.set(value, this.cast(bytes, 'int32'));
      return this.get(value);
    }
    if (value.source.kind !== 'constant')
      throw new AppError('internal', `value ${value.id} ${formatShape(value.shape)} was used before it was lowered`);
    const lowered = this.#constant(value, value.source.data);
    this.#lowered.set(value, lowered);
    return lowered;
  }

  #constant(value: Value, data: Float32Array | Int32Array | Uint8Array): Lowered {
    // Gradients are full of constants such as ones(activation shape): keep one number, broadcast it.
    const uniform = data.length > 0 && data.every((x) => x === data[0]);
    if (!uniform && value.shape.some((d) => this.holdsBatch(d))) {
      throw new AppError('unsupported', `a constant ${formatShape(value.shape)} depends on the batch size`);
    }
    if (uniform && this.holdsBatch(data[0] as number)) {
      throw new AppError('unsupported', 'a number of the program depends on the batch size, as the gradient of a mean over it does');
    }
    const dims = uniform ? value.shape.map(() => 1) : value.shape;
    const kept = uniform ? data.slice(0, 1) : data;
    if (kept instanceof Float32Array) return { name: this.graph.float32(kept, dims), dims };
    if (kept instanceof Int32Array) return { name: this.graph.int32(kept, dims), dims };
    return { name: this.graph.bool(kept, dims), dims };
  }

  /** The number a value holds in every element, when that is known now. */
  uniform(value: Value): number | undefined {
    if (value.source.kind !== 'constant') return undefined;
    const { data } = value.source;
    return data.length > 0 && data.every((x) => x === data[0]) ? data[0] : undefined;
  }

  /** The name of the value at its full shape. */
  full(value: Value): string {
    const { name, dims } = this.get(value);
    if (dims.every((d, i) => d === value.shape[i])) return name;
    return this.memo(`expand:${this.#expandKeys.get(value) ?? value.id}`, () => {
      const target = value.shape.map((d, i) => (dims[i] === d ? 1 : d));
      if (target.some((d) => this.holdsBatch(d))) {
        throw new AppError('unsupported', `spreading ${formatShape(dims)} to ${formatShape(value.shape)} depends on the batch size`);
      }
      return this.graph.node('Expand', [name, this.graph.int64(target)]);
    });
  }

  /** `make()` once per key. */
  memo(key: string, make: () => string): string {
    const known = this.#memo.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#memo.set(key, made);
    return made;
  }

  /** Whether a size contains the variable batch. */
  holdsBatch(size: number): boolean {
    return this.target.variableBatch && size !== 0 && size % BATCH_MARK === 0;
  }

  /** Throws when more than one dimension contains the variable batch. */
  reshape(name: string, shape: readonly number[]): string {
    if (shape.filter((d) => this.holdsBatch(d)).length > 1) {
      throw new AppError('unsupported', `two dimensions of ${formatShape(shape)} depend on the batch size`);
    }
    return this.graph.node('Reshape', [name, this.graph.int64(shape.map((d) => (this.holdsBatch(d) ? -1 : d)))]);
  }

  transpose(name: string, perm: readonly number[]): string {
    return perm.every((p, i) => p === i) ? name : this.graph.node('Transpose', [name], { perm });
  }

  cast(name: string, to: OnnxDType): string {
    return this.graph.node('Cast', [name], { to: ELEMENT_TYPE[to] });
  }

  /** Half-open slice with steps along some axes. */
  slice(name: string, axes: readonly number[], begin: readonly number[], end: readonly number[], steps?: readonly number[]): string {
    const inputs = [name, this.graph.int64(begin), this.graph.int64(end), this.graph.int64(axes)];
    if (steps?.some((s) => s !== 1)) inputs.push(this.graph.int64(steps));
    return this.graph.node('Slice', inputs);
  }

  /** Padding with the scalar `fill` (default: zero), [before, after] per dimension; negative crops. */
  pad(name: string, pads: readonly (readonly [number, number])[], fill = ''): string {
    if (pads.every(([before, after]) => before === 0 && after === 0)) return name;
    const amounts = this.graph.int64([...pads.map(([before]) => before), ...pads.map(([, after]) => after)]);
    // Always with axes: without, ONNX Runtime folds the zeros into a max pooling behind them, whose own padding never wins.
    // Always with all of them: it moves transposes through the node as if it had none.
    return this.graph.node('Pad', [name, amounts, fill, this.graph.int64(pads.map((_, axis) => axis))]);
  }
}

/** Appends the ONNX nodes of one step and sets its outputs. */
export type Lowering = (ctx: LoweringContext, step: Step) => void;

/** The i-th input of a step. Throws when it is absent, naming kernel and operation. */
export function inputOf(step: Step, i: number): Value {
  const value = step.inputs[i];
  if (value === undefined) throw new AppError('internal', `${step.kernel} (asked for by ${step.op}) lacks input ${i}`);
  return value;
}

/** The i-th output of a step. */
export function outputOf(step: Step, i = 0): Value {
  const value = step.outputs[i];
  if (value === undefined) throw new AppError('internal', `${step.kernel} (asked for by ${step.op}) lacks output ${i}`);
  return value;
}
