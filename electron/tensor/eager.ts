/** The eager executor: programs run op by op on a TensorFlow.js backend. */
import '@tensorflow/tfjs-backend-cpu';
import { AppError } from '../contract/errors.ts';
import { checkInputs, checkNextState } from './check-inputs.ts';
import type { Executor, HostTensor, HostTensors, Program, Session, Tensors } from './program.ts';
import { tf } from './tf.ts';

function toTensor(host: HostTensor): tf.Tensor {
  if (host.dtype === 'float32') return tf.tensor(host.data, [...host.shape], 'float32');
  return tf.tensor(host.dtype === 'uint8' ? Int32Array.from(host.data) : host.data, [...host.shape], 'int32');
}

async function toHost(tensor: tf.Tensor): Promise<HostTensor> {
  const data = await tensor.data<'float32' | 'int32'>();
  if (tensor.dtype === 'float32' || tensor.dtype === 'int32') return { dtype: tensor.dtype, shape: [...tensor.shape], data: data.slice() };
  return { dtype: 'uint8', shape: [...tensor.shape], data: Uint8Array.from(data) };
}

async function allToHost(tensors: Tensors): Promise<HostTensors> {
  const entries = await Promise.all(Object.entries(tensors).map(async ([name, tensor]) => [name, await toHost(tensor)] as const));
  return Object.fromEntries(entries);
}

/** Runs `body` with a backend in force; `body` is synchronous, so nothing else can run meanwhile. */
function onBackend<T>(backend: string, body: () => T): T {
  const previous = tf.getBackend();
  void tf.setBackend(backend);
  try {
    return body();
  } finally {
    if (previous && previous !== backend) void tf.setBackend(previous);
  }
}

class EagerSession implements Session {
  readonly #program: Program;
  readonly #backend: string;
  readonly #state: Tensors;
  /** Known after the first run. */
  #carried: readonly string[] | null = null;

  constructor(program: Program, backend: string) {
    this.#program = program;
    this.#backend = backend;
    this.#state = onBackend(backend, () =>
      Object.fromEntries(Object.entries(program.state).map(([name, host]) => [name, tf.keep(toTensor(host))])),
    );
  }

  async run(inputs: HostTensors): Promise<HostTensors> {
    checkInputs(this.#program, inputs);
    const outputs = onBackend(this.#backend, () => {
      const kept: Tensors = {};
      tf.tidy(() => {
        const fed = Object.fromEntries(Object.keys(this.#program.inputs).map((name) => [name, toTensor(inputs[name] as HostTensor)]));
        const result = this.#program.run(this.#state, fed);
        checkNextState(this.#program, result.state);
        for (const [name, tensor] of Object.entries(result.outputs)) kept[name] = tf.keep(tensor.clone());
        const next = Object.entries(result.state).map(([name, tensor]) => [name, tf.keep(tensor.clone())] as const);
        for (const [name, tensor] of next) {
          this.#state[name]?.dispose();
          this.#state[name] = tensor;
        }
        this.#carried = next.map(([name]) => name);
      });
      return kept;
    });
    const host = await allToHost(outputs);
    tf.dispose(outputs);
    return host;
  }

  readState(): Promise<HostTensors> {
    const names = this.#carried ?? Object.keys(this.#state);
    return allToHost(Object.fromEntries(names.map((name) => [name, this.#state[name] as tf.Tensor])));
  }

  dispose(): Promise<void> {
    tf.dispose(this.#state);
    return Promise.resolve();
  }
}

/**
 * An executor on a TensorFlow.js backend: `cpu`, the reference, or `tensorflow`, which
 * {@link loadTensorflowBackend} registers. Throws `AppError('unsupported')` for a backend that is not registered.
 */
export function createEagerExecutor(backend = 'cpu'): Executor {
  if ((tf.findBackendFactory(backend) as unknown) === null)
    throw new AppError('unsupported', `TensorFlow.js has no backend named ${backend} here`);
  return { id: `eager:${backend}`, load: (program) => Promise.resolve(new EagerSession(program, backend)) };
}

/**
 * Registers `tensorflow`, the native CUDA backend of @tensorflow/tfjs-node-gpu, where that optional package is installed.
 * Returns whether it could be loaded.
 */
export async function loadTensorflowBackend(): Promise<boolean> {
  const name: string = '@tensorflow/tfjs-node-gpu';
  try {
    await import(name);
    return true;
  } catch {
    return false;
  }
}
