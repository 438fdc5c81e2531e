/**
 * Runs the small training step on providers webgpu and cpu and prints, as the last line, how far apart they are and on which
 * provider ONNX Runtime says each node ran. A process of its own, because a missing or broken driver can end it.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { compileProgram } from '../../electron/tensor/compile.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import type { Provider } from '../../electron/tensor/compiled.ts';
import type { HostTensors } from '../../electron/tensor/program.ts';
import { trainingBatch, trainingProgram } from './small-training.ts';

export interface WebgpuReport {
  readonly losses: Readonly<Record<'cpu' | 'webgpu', readonly number[]>>;
  /** Largest difference of any state entry after the last step, over the entry's largest magnitude, at least 0.1. */
  readonly stateDifference: number;
  /** Kernel executions in one run of the same model, by execution provider. */
  readonly numKernels: Readonly<Record<string, number>>;
}

const batch = 8;
const numSteps = 4;

async function train(provider: Provider): Promise<{ losses: number[]; state: HostTensors }> {
  const session = await (await createCompiledExecutor({ provider })).load(trainingProgram(batch));
  const losses: number[] = [];
  for (let step = 0; step < numSteps; step++) losses.push((await session.run(trainingBatch(batch, step))).loss!.data[0]!);
  const state = await session.readState();
  await session.dispose();
  return { losses, state };
}

/** ONNX Runtime's own profile of one run names the provider of every kernel. */
async function countKernels(): Promise<Record<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'webgpu-'));
  try {
    const program = trainingProgram(batch);
    const session = await ort.InferenceSession.create(compileProgram(program, 0).bytes, {
      executionProviders: ['webgpu', 'cpu'],
      enableProfiling: true,
      profileFilePrefix: join(folder, 'profile'),
      logSeverityLevel: 3,
    });
    const state = Object.entries(program.state).map(([name, host]) => [`state/${name}`, host] as const);
    const feeds = [...state, ...Object.entries(trainingBatch(batch, 0))].map(
      ([name, { dtype, data, shape }]) => [name, new ort.Tensor(dtype, data, shape)] as const,
    );
    await session.run(Object.fromEntries(feeds));
    session.endProfiling();
    await session.release();
    return readProfile(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
