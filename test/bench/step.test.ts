import { describe, expect, it } from 'vitest';
import { networkFor } from '../../electron/nn/registry.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import { bareStep, stepMethods } from './bare-step.ts';
import type { PeerRuns } from './peer.ts';
import { stepReport } from './step.ts';
import type { StepRound } from './step.ts';

const request = { method: 'diet', arch: 'tiny', px: 16, batch: 8, steps: 2, rounds: 2, threads: 1, withPeer: true } as const;
const measured = { busy: [0, 0.02], num_nodes: 10, compile_ms: 1, load_ms: 2, first_loss: 2, last_loss: 1 };
const peer: PeerRuns = {
  default: { line: { peer: 'torch 1', ms_per_step: 90 }, note: null },
  passive: { line: { peer: 'torch 1', ms_per_step: 80 }, note: null },
};

describe('bareStep', () => {
  it.each(stepMethods)('learns its one batch with %s', async (method) => {
    const { program, inputs } = bareStep({ network: networkFor('tiny'), method, px: 16, batch: 8 });
    const session = await (await createCompiledExecutor({ numThreads: 1 })).load(program);
    const losses: number[] = [];
    for (let i = 0; i < 30; i++) losses.push((await session.run(inputs))['loss']?.data[0] ?? NaN);
    await session.dispose();
    expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.05);
  });

  it('starts at the loss of guessing', async () => {
    const { program, inputs } = bareStep({ network: networkFor('tiny'), method: 'diet', px: 16, batch: 8 });
    const session = await (await createCompiledExecutor({ numThreads: 1 })).load(program);
    const { loss } = await session.run(inputs);
    await session.dispose();
    expect(loss?.data[0]).toBeCloseTo(Math.log(4000), 0);
  });

  it('moves the target of BYOL by a hundredth of the way', async () => {
    const { program, inputs } = bareStep({ network: networkFor('tiny'), method: 'byol', px: 16, batch: 8 });
    const session = await (await createCompiledExecutor({ numThreads: 1 })).load(program);
    await session.run(inputs);
    const after = await session.readState();
    await session.dispose();
    const start = program.state['backbone']!.data;
    const online = after['backbone']!.data;
    const target = after['target.backbone']!.data;
    const wanted = Float32Array.from(start, (value, i) => 0.99 * value + 0.01 * online[i]!);
    expect(Math.max(...target.map((value, i) => Math.abs(value - wanted[i]!)))).toBeLessThan(1e-6);
    expect(after['target.predictor']).toBeUndefined();
  });
});

describe('stepReport', () => {
  const rounds: StepRound[] = [
    { ms_per_step: 50, peer_ms_per_step: { default: 200, passive: 80 } },
    { ms_per_step: 40, peer_ms_per_step: { default: 90, passive: 100 } },
  ];

  it('gives each side its best round, and the peer its better way of waiting', () => {
    const report = stepReport(request, rounds, measured, peer);
    expect(report).toMatchObject({
      images_per_s: 200,
      peer_images_per_s: 100,
      ratio: 2,
      ms_per_step: 40,
      peer_ms_per_step: 80,
      peer: 'torch 1',
    });
    expect(report.busy_note).toBeNull();
  });

  it('says so where there is no peer', () => {
    const none = { line: null, note: 'no peer: it is not there' };
    const alone = rounds.map((round) => ({ ...round, peer_ms_per_step: { default: null, passive: null } }));
    const report = stepReport(request, alone, measured, { default: none, passive: none });
    expect(report).toMatchObject({ images_per_s: 200, peer_images_per_s: null, ratio: null, peer: null, peer_note: none.note });
  });

  it('warns where others had the machine', () => {
    expect(stepReport(request, rounds, { ...measured, busy: [0.02, 0.9] }, peer).busy_note).toContain('90 %');
  });
});
