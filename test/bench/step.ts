/** What one training step costs, beside the same step in eager PyTorch. */
import { networkFor } from '../../electron/nn/registry.ts';
import { compileProgram } from '../../electron/tensor/compile.ts';
import { createCompiledExecutor, detectBlockChannels } from '../../electron/tensor/compiled.ts';
import type { HostTensors, Session } from '../../electron/tensor/program.ts';
import { bareStep } from './bare-step.ts';
import type { StepMethod } from './bare-step.ts';
import { median, rounded, smallest } from './figures.ts';
import { busyNote, busyShare } from './machine.ts';
import { peerLeftOut, peerName, peerNumbers, runPeerBothWays } from './peer.ts';
import type { PeerRuns } from './peer.ts';
import type { BenchContext } from './progress.ts';

export interface StepRequest {
  readonly method: StepMethod;
  readonly arch: string;
  readonly px: number;
  readonly batch: number;
  readonly steps: number;
  readonly rounds: number;
  readonly threads: number;
  readonly withPeer: boolean;
}

/** Median times of one round. */
export interface StepRound {
  readonly ms_per_step: number;
  /** By how its threads wait. */
  readonly peer_ms_per_step: Readonly<Record<keyof PeerRuns, number | null>>;
}

export interface StepReport {
  readonly bench: 'step';
  readonly method: StepMethod;
  readonly arch: string;
  readonly px: number;
  readonly batch: number;
  readonly threads: number;
  /** An image counts once a step, whatever number of views is made of it. */
  readonly images_per_s: number;
  readonly peer_images_per_s: number | null;
  readonly ratio: number | null;
  readonly ms_per_step: number;
  readonly peer_ms_per_step: number | null;
  readonly rounds: readonly StepRound[];
  readonly num_nodes: number;
  readonly compile_ms: number;
  /** Compiling and opening the session. */
  readonly load_ms: number;
  readonly first_loss: number;
  readonly last_loss: number;
  readonly how: string;
  readonly peer: string | null;
  readonly peer_note: string | null;
  /** Share of the cores that others used before and after. */
  readonly busy: readonly number[];
  readonly busy_note: string | null;
}

/** The first runs grow the arenas of memory. */
const numWarmUps = 3;

export type StepMeasurement = Pick<StepReport, 'busy' | 'num_nodes' | 'compile_ms' | 'load_ms' | 'first_loss' | 'last_loss'>;

/** The report from its parts. Each side is given its best round: what else runs on the machine can only slow a round down. */
export function stepReport(request: StepRequest, rounds: readonly StepRound[], measured: StepMeasurement, peer: PeerRuns): StepReport {
  const { method, arch, px, batch, threads, steps } = request;
  const ours = Math.min(...rounds.map((round) => round.ms_per_step));
  const theirs = smallest(rounds.flatMap((round) => Object.values(round.peer_ms_per_step)));
  const perSecond = (ms: number): number => rounded((1e3 * batch) / ms, 2);
  const order = theirs === null ? '' : ', ours and the peer in turn, the peer with both ways of waiting and given the better';
  return {
    bench: 'step',
    method,
    arch,
    px,
    batch,
    threads,
    images_per_s: perSecond(ours),
    peer_images_per_s: theirs === null ? null : perSecond(theirs),
    ratio: theirs === null ? null : rounded(theirs / ours, 3),
    ms_per_step: rounded(ours, 1),
    peer_ms_per_step: theirs === null ? null : rounded(theirs, 1),
    rounds: rounds.map((round) => ({ ...round, ms_per_step: rounded(round.ms_per_step, 1) })),
    ...measured,
    how: `best of ${rounds.length} rounds${order}; a round is the median of ${steps} steps; random images in memory, no augmentation, momentum SGD`,
    peer: peerName(peer),
    peer_note: peer.default.note,
    busy_note: busyNote(measured.busy),
  };
}

/** Measures the step, and the peer's in turn with it. */
export async function benchStep(request: StepRequest, ctx: BenchContext): Promise<StepReport> {
  const { method, arch, px, batch, steps, rounds: numRounds, threads, withPeer } = request;
  const busyBefore = await busyShare();
  const { program, inputs } = bareStep({ network: networkFor(arch), method, px, batch });
  const compileStartMs = performance.now();
  const { numNodes } = compileProgram(program, await detectBlockChannels());
  const loadStartMs = performance.now();
  const session = await (await createCompiledExecutor({ numThreads: threads })).load(program);
  const loadedMs = performance.now();
  ctx.say(`${method} ${arch}: ${numNodes} nodes`);
  const flags = { method, arch, px, batch, steps, threads };
  const peerArgs = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const losses: number[] = [];
  const rounds: StepRound[] = [];
  let peer = peerLeftOut;
  try {
    for (let i = 0; i < numWarmUps; i++) await timeStep(session, inputs, losses);
    for (let round = 0; round < numRounds; round++) {
      const times: number[] = [];
      for (let i = 0; i < steps; i++) {
        ctx.signal.throwIfAborted();
        times.push(await timeStep(session, inputs, losses));
      }
      if (withPeer) peer = await runPeerBothWays('torch_ssl_bench.py', peerArgs, ctx.signal);
      rounds.push({ ms_per_step: median(times), peer_ms_per_step: peerNumbers(peer, 'ms_per_step') });
      ctx.say(`  round ${round + 1}: ${JSON.stringify(rounds.at(-1))}`);
    }
  } finally {
    await session.dispose();
  }
  const measured = {
    busy: [busyBefore, await busyShare()],
    num_nodes: numNodes,
    compile_ms: Math.round(loadStartMs - compileStartMs),
    load_ms: Math.round(loadedMs - loadStartMs),
    first_loss: rounded(losses[0] ?? NaN, 4),
    last_loss: rounded(losses.at(-1) ?? NaN, 4),
  };
  return stepReport(request, rounds, measured, peer);
}

async function timeStep(session: Session, inputs: HostTensors, losses: number[]): Promise<number> {
  const startMs = performance.now();
  const { loss } = await session.run(inputs);
  const elapsedMs = performance.now() - startMs;
  losses.push(loss?.data[0] ?? NaN);
  return elapsedMs;
}
