/**
 * A TensorFlow.js backend that computes nothing: each kernel appends a step to a graph and returns a symbolic tensor.
 * tfjs's automatic differentiation is itself made of kernels, so tracing a training step records its backward pass too.
 */
import { AppError } from '../../contract/errors.ts';
import { tf } from '../tf.ts';
import type { Tensors } from '../program.ts';
import { formatShape } from './graph.ts';
import type { Step, TraceDType, Value } from './graph.ts';
import { inferOutputs, KERNEL_INPUTS, TRACED_KERNELS } from './shapes.ts';
import type { OutputSpec } from './shapes.ts';

const BACKEND = 'acclimate-trace';

class TracingBackend extends tf.KernelBackend {
  readonly #values = new WeakMap<object, Value>();
  #nextId = 0;

  add(source: Value['source'], shape: readonly number[], dtype: TraceDType): { value: Value; dataId: object } {
    const value: Value = { id: this.#nextId++, dtype, shape: [...shape], source };
    const dataId = {};
    this.#values.set(dataId, value);
    return { value, dataId };
  }

  symbolOf(tensor: tf.TensorInfo): Value {
    const value = this.#values.get(tensor.dataId);
    if (value === undefined)
      throw new AppError('internal', `a tensor ${formatShape(tensor.shape)} from outside the traced program was used in it`);
    return value;
  }

  #constant(dataId: object, data: tf.BackendValues | null, shape: readonly number[], dtype: tf.DataType): void {
    if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') {
      throw new AppError('unsupported', `a traced program cannot hold a ${dtype} tensor ${formatShape(shape)}`);
    }
    const numbers = (data ?? new Float32Array(tf.util.sizeFromShape([...shape]))) as ArrayLike<number>;
    const typed =
      dtype === 'float32' ? Float32Array.from(numbers) : dtype === 'int32' ? Int32Array.from(numbers) : Uint8Array.from(numbers);
    this.#values.set(dataId, { id: this.#nextId++, dtype, shape: [...shape], source: { kind: 'constant', data: typed } });
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    const dataId = {};
    this.#constant(dataId, values, shape, dtype);
    return dataId;
  }
  override move(dataId: object, values: tf.BackendValues, shape: number[], dtype: tf.DataType): void {
    this.#constant(dataId, values, shape, dtype);
  }
  override readSync(): never {
    throw new AppError('unsupported', 'a traced program cannot read the numbers of its tensors: branch on shapes, not on values');
  }
  override read(): never {
    return this.readSync();
  }
  override refCount(): number {
    return 1;
  }
  override incRef(): void {
    // Values live as long as the graph that mentions them.
  }
  decRef(): void {
    // See incRef.
  }
  override disposeData(): boolean {
    return true;
  }
  override numDataIds(): number {
    return 0;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
  override floatPrecision(): 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override dispose(): void {
    // Holds nothing but weak references.
  }
}

/** The operation whose code is running, as tfjs names its scopes (`conv2d__op`). */
function currentOp(): string {
  const scope = (tf.engine() as unknown as { state: { activeScope?: { name?: string } } }).state.activeScope;
  return scope?.name ?? 'unknown';
}

/** `(asked for by conv2d__op with x [1,8,8,3], filter [3,3,3,16])` */
function describeCall(inputs: tf.NamedTensorInfoMap): string {
  const shapes = Object.entries(inputs as Record<string, tf.TensorInfo | undefined>).map(([name, input]) =>
    input === undefined ? name : `${name} ${formatShape(input.shape)}`,
  );
  return `(asked for by ${currentOp()} with ${shapes.join(', ')})`;
}

function specsOf(kernel: string, inputs: readonly Value[], attrs: Step['attrs'], named: tf.NamedTensorInfoMap): OutputSpec[] {
  try {
    return inferOutputs(kernel, inputs, attrs);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('unsupported', `kernel ${kernel} ${describeCall(named)} cannot be traced: ${reason}`, { cause });
  }
}

function record(kernel: string, params: { inputs: tf.NamedTensorInfoMap; attrs?: tf.NamedAttrMap; backend: unknown }): tf.TensorInfo[] {
  const backend = params.backend as TracingBackend;
  const named = params.inputs as Record<string, tf.TensorInfo | undefined>;
  const expected = KERNEL_INPUTS[kernel] ?? [];
  const names = (expected[0] === '*' ? Object.keys(named) : expected).filter((name) => named[name] !== undefined);
  const inputs = names.map((name) => backend.symbolOf(named[name] as tf.TensorInfo));
  const attrs = { ...(params.attrs ?? {}) };
  const outputs: Value[] = [];
  const step: Step = { kernel, op: currentOp(), inputs, names, attrs, outputs };
  return specsOf(kernel, inputs, attrs, params.inputs).map((spec, output) => {
    const { value, dataId } = backend.add({ kind: 'kernel', step, output }, spec.shape, spec.dtype);
    outputs.push(value);
    return { dataId, shape: [...spec.shape], dtype: spec.dtype };
  });
}

function register(): TracingBackend {
  const existing: unknown = tf.findBackend(BACKEND);
  if (existing instanceof TracingBackend) return existing;
  const backend = new TracingBackend();
  tf.registerBackend(BACKEND, () => backend, -1);
  for (const kernelName of TRACED_KERNELS) {
    tf.registerKernel({
      kernelName,
      backendName: BACKEND,
      kernelFunc: (params) => {
        const outputs = record(kernelName, params);
        return outputs.length === 1 && kernelName !== 'Unpack' && kernelName !== 'SplitV' ? (outputs[0] as tf.TensorInfo) : outputs;
      },
    });
  }
  // Kernels of which tfjs knows the gradient or another backend the code, but which are not traced: fail by name.
  const constants: unknown[] = Object.values(tf);
  const known = new Set(constants.filter((name) => typeof name === 'string').filter((name) => /^_?[A-Z]\w+$/.test(name)));
  for (const kernelName of known) {
    if (TRACED_KERNELS.includes(kernelName)) continue;
    tf.registerKernel({
      kernelName,
      backendName: BACKEND,
      kernelFunc: ({ inputs }) => {
        throw new AppError('unsupported', `kernel ${kernelName} has no lowering to ONNX ${describeCall(inputs)}`, {
          details: { kernel: kernelName, op: currentOp() },
        });
      },
    });
  }
  return backend;
}

export interface TraceInput {
  readonly dtype: 'float32' | 'int32';
  readonly shape: readonly number[];
}

export interface Trace {
  readonly inputs: Readonly<Record<string, Value>>;
  readonly outputs: Readonly<Record<string, Value>>;
}

/**
 * Runs `body` on symbolic tensors and returns the graph behind its outputs. `body` must be synchronous and must not read values.
 * Throws `AppError('unsupported')` naming a kernel that has no lowering, the operation that asked for it and its shapes.
 */
export function trace(inputs: Readonly<Record<string, TraceInput>>, body: (inputs: Tensors) => Tensors): Trace {
  const previous = tf.getBackend();
  const backend = register();
  void tf.setBackend(BACKEND);
  try {
    const inputValues: Record<string, Value> = {};
    const outputValues: Record<string, Value> = {};
    tf.tidy(() => {
      const symbolic: Tensors = {};
      for (const [name, spec] of Object.entries(inputs)) {
        const { value, dataId } = backend.add({ kind: 'input', name }, spec.shape, spec.dtype);
        inputValues[name] = value;
        symbolic[name] = tf.engine().makeTensorFromTensorInfo({ dataId, shape: [...spec.shape], dtype: spec.dtype }, backend);
      }
      for (const [name, tensor] of Object.entries(body(symbolic))) outputValues[name] = backend.symbolOf(tensor);
    });
    return { inputs: inputValues, outputs: outputValues };
  } finally {
    if (previous) void tf.setBackend(previous);
  }
}
