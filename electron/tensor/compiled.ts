/** The compiled executor: programs as ONNX graphs on ONNX Runtime. */
import * as ort from 'onnxruntime-node';
import { AppError } from '../contract/errors.ts';
import { checkInputs } from './check-inputs.ts';
import { compileProgram, STATE_IN, STATE_OUT } from './compile.ts';
import type { CompiledModel } from './compile.ts';
import { GraphBuilder } from './onnx.ts';
import type { Executor, HostTensor, HostTensors, LoadOptions, Program, Session } from './program.ts';

/** Execution providers of ONNX Runtime; which of them exist depends on the platform's build. */
export type Provider = 'cpu' | 'webgpu' | 'cuda' | 'dml' | 'coreml';

export interface CompiledOptions {
  readonly provider?: Provider;
  /** Threads within an operation; default: one per physical core. */
  readonly numThreads?: number;
  /** Channels per block of blocked convolutions, 0 for none; default: what suits the machine. */
  readonly blockChannels?: number;
  /** Whether max pooling may be asked for the positions of its maxima; default: what suits the provider. */
  readonly poolIndices?: boolean;
}

type OrtData = Float32Array | Int32Array | Uint8Array;

function toOrt(tensor: HostTensor): ort.Tensor {
  return new ort.Tensor(tensor.dtype, tensor.data, tensor.shape);
}

function fromOrt(tensor: ort.Tensor): HostTensor {
  const dtype = tensor.type === 'float32' || tensor.type === 'int32' || tensor.type === 'uint8' ? tensor.type : 'uint8';
  return { dtype, shape: tensor.dims, data: tensor.data as OrtData };
}

function sessionOptions(
  { provider = 'cpu', numThreads }: CompiledOptions,
  { sharesCores = false }: LoadOptions = {},
): ort.InferenceSession.SessionOptions {
  return {
    executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
    graphOptimizationLevel: 'all',
    // Warnings about nodes that fall back to the CPU are of no use to a user; errors still throw.
    logSeverityLevel: 3,
    ...(numThreads === undefined ? {} : { intraOpNumThreads: numThreads }),
    ...(sharesCores ? { extra: { session: { intra_op: { allow_spinning: '0' } } } } : {}),
  };
}

class CompiledSession implements Session {
  readonly #program: Program;
  readonly #model: CompiledModel;
  readonly #session: ort.InferenceSession;
  #state: Record<string, ort.Tensor>;
  /** State tensors of the run before the last, reused as the next run's output buffers. */
  #spare: Record<string, ort.Tensor> | null = null;

  constructor(program: Program, model: CompiledModel, session: ort.InferenceSession) {
    this.#program = program;
    this.#model = model;
    this.#session = session;
    this.#state = Object.fromEntries(
      model.carried.map((name) => {
        const tensor = program.state[name];
        if (tensor === undefined) throw new AppError('internal', `${program.name} carries unknown state: ${name}`);
        return [name, new ort.Tensor(tensor.dtype, tensor.data.slice(), tensor.shape)];
      }),
    );
  }

  async run(inputs: HostTensors): Promise<HostTensors> {
    checkInputs(this.#program, inputs);
    const feeds: Record<string, ort.Tensor> = {};
    for (const name of Object.keys(this.#program.inputs)) feeds[name] = toOrt(inputs[name] as HostTensor);
    const fetches: Record<string, ort.Tensor | null> = {};
    for (const name of this.#model.outputs) fetches[name] = null;
    for (const [name, tensor] of Object.entries(this.#state)) {
      feeds[STATE_IN + name] = tensor;
      fetches[STATE_OUT + name] = this.#spare?.[name] ?? null;
    }
    const results = await this.#session.run(feeds, fetches);
    if (this.#model.carried.length > 0) {
      this.#spare = this.#state;
      this.#state = Object.fromEntries(this.#model.carried.map((name) => [name, results[STATE_OUT + name] as ort.Tensor]));
    }
    return Object.fromEntries(this.#model.outputs.map((name) => [name, fromOrt(results[name] as ort.Tensor)]));
  }

  readState(): Promise<HostTensors> {
    const entries = Object.entries(this.#state).map(([name, tensor]) => {
      const { dtype, shape, data } = fromOrt(tensor);
      return [name, { dtype, shape: [...shape], data: data.slice() }] as const;
    });
    return Promise.resolve(Object.fromEntries(entries));
  }

  async dispose(): Promise<void> {
    this.#state = {};
    this.#spare = null;
    await this.#session.release();
  }
}

/**
 * Channels per block of this machine's blocked convolutions: 16 with AVX-512, 8 with AVX2, 0 where ONNX Runtime has none.
 * Found by blocking the numbers 0..31 (16 channels of 2 pixels) and looking where they went.
 */
export async function detectBlockChannels(): Promise<number> {
  const graph = new GraphBuilder();
  graph.addNode('ReorderInput', ['x'], ['y'], {}, 'com.microsoft.nchwc');
  const port = (name: string): { name: string; dtype: 'float32'; shape: number[] } => ({ name, dtype: 'float32', shape: [1, 16, 1, 2] });
  try {
    const session = await ort.InferenceSession.create(graph.encode('block', [port('x')], [port('y')]), sessionOptions({}));
    const x = new ort.Tensor(
      'float32',
      Float32Array.from({ length: 32 }, (_, i) => i),
      [1, 16, 1, 2],
    );
    const y = (await session.run({ x })).y?.data as Float32Array;
    await session.release();
    // Channel-major x has pixel 1 of channel 0 at 1; blocked, it comes after one block of pixel 0.
    const block = y.indexOf(1);
    return block === 8 || block === 16 ? block : 0;
  } catch {
    return 0;
  }
}

/** An executor on ONNX Runtime. Throws `AppError('unsupported')` from `load` when the provider cannot be had. */
export async function createCompiledExecutor(options: CompiledOptions = {}): Promise<Executor> {
  const provider = options.provider ?? 'cpu';
  // A provider that the build lacks would be passed over silently.
  const available = ort.listSupportedBackends().some(({ name }) => name === provider);
  const poolIndices = options.poolIndices ?? provider !== 'webgpu';
  const blockChannels = options.blockChannels ?? (provider === 'cpu' ? await detectBlockChannels() : 0);
  return {
    id: `compiled:${provider}`,
    async load(program, loadOptions) {
      if (!available) throw new AppError('unsupported', `ONNX Runtime has no provider ${provider} on this platform`);
      const model = compileProgram(program, blockChannels, { poolIndices });
      try {
        return new CompiledSession(program, model, await ort.InferenceSession.create(model.bytes, sessionOptions(options, loadOptions)));
      } catch (cause) {
        throw new AppError(
          'unsupported',
          `ONNX Runtime could not load ${program.name} on ${provider}: ${cause instanceof Error ? cause.message : String(cause)}`,
          {
            cause,
          },
        );
      }
    },
  };
}
