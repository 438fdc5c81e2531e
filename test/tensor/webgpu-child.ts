/**
 * Runs the small training step on providers webgpu and cpu and prints, as its last line, how far apart they are and on which
 * provider ONNX Runtime says each kernel ran. A process of its own, because a missing or broken driver can end it.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import type { Provider } from '../../electron/tensor/compiled.ts';
import type { HostTensors } from '../../electron/tensor/program.ts';
import { trainingBatch, trainingProgram } from './small-training.ts';

export interface WebgpuReport {
  readonly losses: Readonly<Record<'cpu' | 'webgpu', readonly number[]>>;
  /** Largest difference of any state entry after the last step, over the entry's largest magnitude, at least 0.1. */
  readonly stateDifference: number;
  /** Kernels run by the webgpu session, by the execution provider that ran them. */
  readonly numKernels: Readonly<Record<string, number>>;
}

const batch = 8;
const numSteps = 3;

async function train(provider: Provider): Promise<{ losses: number[]; state: HostTensors }> {
  const session = await (await createCompiledExecutor({ provider })).load(trainingProgram(batch));
  const losses: number[] = [];
  for (let step = 0; step < numSteps; step++) losses.push((await session.run(trainingBatch(batch, step))).loss!.data[0]!);
  return { losses, state: await session.readState() };
}

interface ProfileEvent {
  readonly cat?: string;
  readonly args?: { readonly provider?: string };
}

/** Runs `body` and counts, from ONNX Runtime's own profile of the sessions made meanwhile, the kernels each provider ran. */
async function profiled<T>(body: () => Promise<T>): Promise<{ result: T; numKernels: Record<string, number> }> {
  const folder = mkdtempSync(join(tmpdir(), 'webgpu-'));
  const sessions: InferenceSession[] = [];
  const create = InferenceSession.create.bind(InferenceSession) as (
    model: Uint8Array,
    options: InferenceSession.SessionOptions,
  ) => Promise<InferenceSession>;
  const creating = async (model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession> => {
    const session = await create(model, { ...options, enableProfiling: true, profileFilePrefix: join(folder, 'profile') });
    sessions.push(session);
    return session;
  };
  Object.assign(InferenceSession, { create: creating });
  try {
    const result = await body();
    for (const session of sessions) session.endProfiling();
    const events = readdirSync(folder).flatMap((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as ProfileEvent[]);
    const numKernels: Record<string, number> = {};
    for (const { cat, args } of events) {
      if (cat === 'Node' && args?.provider !== undefined) numKernels[args.provider] = (numKernels[args.provider] ?? 0) + 1;
    }
    return { result, numKernels };
  } finally {
    Object.assign(InferenceSession, { create });
    rmSync(folder, { recursive: true });
  }
}

/** Largest difference between two states; see {@link WebgpuReport}. */
function stateDifference(a: HostTensors, b: HostTensors): number {
  const each = Object.entries(a).map(([name, { data }]) => {
    const differences = Array.from(data, (x, i) => Math.abs(x - b[name]!.data[i]!));
    return Math.max(...differences) / Math.max(0.1, ...Array.from(data, Math.abs));
  });
  return Math.max(...each);
}

const { result: webgpu, numKernels } = await profiled(() => train('webgpu'));
const cpu = await train('cpu');
const report: WebgpuReport = {
  losses: { cpu: cpu.losses, webgpu: webgpu.losses },
  stateDifference: stateDifference(cpu.state, webgpu.state),
  numKernels,
};
console.log(JSON.stringify(report));
