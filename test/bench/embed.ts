/** What computing features of a folder costs: the network alone, and from the files, beside PyTorch. */
import { AppError } from '../../electron/contract/errors.ts';
import { embed } from '../../electron/learn/embed.ts';
import type { PixelSource } from '../../electron/learn/pixel-source.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import type { Executor } from '../../electron/tensor/program.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { loadWeights } from './base-weights.ts';
import type { BaseWeights } from './base-weights.ts';
import { largest, ratioTo, rounded } from './figures.ts';
import { DecodePool } from '../../electron/images/decode-pool.ts';
import { folderPixels, readLabelledFolder } from './labelled-folder.ts';
import { busyNote, busyShare } from './machine.ts';
import { peerLeftOut, peerName, peerNumbers, runPeerBothWays } from './peer.ts';
import type { PeerRuns } from './peer.ts';
import type { BenchContext } from './progress.ts';

export interface EmbedRequest {
  readonly folder: string;
  readonly arch: string;
  /** A weights file instead of random weights; the peer always has random ones of `arch`. */
  readonly base: string | null;
  readonly px: number;
  readonly batch: number;
  readonly rounds: number;
  readonly threads: number;
  readonly withPeer: boolean;
}

export interface EmbedRound {
  readonly network_images_per_s: number;
  readonly end_to_end_images_per_s: number;
  /** By how its threads wait. */
  readonly peer_network_images_per_s: Readonly<Record<keyof PeerRuns, number | null>>;
  readonly peer_end_to_end_images_per_s: Readonly<Record<keyof PeerRuns, number | null>>;
}

/** `images_per_s`, `peer_images_per_s` and `ratio` are end to end. */
export interface EmbedReport {
  readonly bench: 'embed';
  readonly arch: string;
  readonly px: number;
  readonly batch: number;
  readonly threads: number;
  readonly images: number;
  readonly images_per_s: number;
  readonly peer_images_per_s: number | null;
  readonly ratio: number | null;
  readonly network_images_per_s: number;
  readonly peer_network_images_per_s: number | null;
  readonly network_ratio: number | null;
  readonly rounds: readonly EmbedRound[];
  readonly how: string;
  readonly peer: string | null;
  readonly peer_note: string | null;
  /** Share of the cores that others used before and after. */
  readonly busy: readonly number[];
  readonly busy_note: string | null;
}

const numTimedBatches = 5;

export type EmbedMeasurement = Pick<EmbedReport, 'arch' | 'images' | 'busy'>;

/** The report from its parts; each figure is that of its best round. */
export function embedReport(request: EmbedRequest, measured: EmbedMeasurement, rounds: readonly EmbedRound[], peer: PeerRuns): EmbedReport {
  const { px, batch, threads } = request;
  const endToEnd = Math.max(...rounds.map((round) => round.end_to_end_images_per_s));
  const network = Math.max(...rounds.map((round) => round.network_images_per_s));
  const peerEndToEnd = largest(rounds.flatMap((round) => Object.values(round.peer_end_to_end_images_per_s)));
  const peerNetwork = largest(rounds.flatMap((round) => Object.values(round.peer_network_images_per_s)));
  const order = peerEndToEnd === null ? '' : ', ours and the peer in turn, the peer with both ways of waiting and given the better';
  return {
    bench: 'embed',
    ...measured,
    px,
    batch,
    threads,
    images_per_s: endToEnd,
    peer_images_per_s: peerEndToEnd,
    ratio: ratioTo(endToEnd, peerEndToEnd),
    network_images_per_s: network,
    peer_network_images_per_s: peerNetwork,
    network_ratio: ratioTo(network, peerNetwork),
    rounds,
    how: `best of ${rounds.length} rounds${order}; end to end includes loading the network's session, decoding every file, and no cache`,
    peer: peerName(peer),
    peer_note: peer.default.note,
    busy_note: busyNote(measured.busy),
  };
}

/** Measures embedding the class folders below `folder`. Throws `invalid-input` where there are no images. */
export async function benchEmbed(request: EmbedRequest, ctx: BenchContext): Promise<EmbedReport> {
  const { arch, base, px, batch, rounds: numRounds, threads, withPeer } = request;
  const folder = readLabelledFolder(request.folder);
  if (folder.names.length === 0)
    throw new AppError('invalid-input', 'There are no class folders with images here. Give a folder that holds one folder per class.');
  const weights = loadWeights(base ?? `scratch:${arch}`);
  const executor = await createCompiledExecutor({ numThreads: threads });
  const busyBefore = await busyShare();
  const rounds: EmbedRound[] = [];
  const decoders = new DecodePool();
  let peer = peerLeftOut;
  for (let round = 0; round < numRounds; round++) {
    const network = await networkRate(weights, executor, { px, batch }, ctx);
    const startMs = performance.now();
    await embed({ ...weights, executor, batch, ctx, source: folderPixels(folder, px, false, decoders.read) });
    const seconds = (performance.now() - startMs) / 1e3;
    const peerArgs = [request.folder, '--arch', arch, '--px', String(px), '--batch', String(batch), '--threads', String(threads)];
    if (withPeer) peer = await runPeerBothWays('torch_embed_bench.py', peerArgs, ctx.signal);
    rounds.push({
      network_images_per_s: rounded(network, 1),
      end_to_end_images_per_s: rounded(folder.names.length / seconds, 1),
      peer_network_images_per_s: peerNumbers(peer, 'network_images_per_s'),
      peer_end_to_end_images_per_s: peerNumbers(peer, 'end_to_end_images_per_s'),
    });
    ctx.say(`round ${round + 1}: ${JSON.stringify(rounds.at(-1))}`);
  }
  await decoders.close();
  const measured = { arch: weights.network.arch, images: folder.names.length, busy: [busyBefore, await busyShare()] };
  return embedReport(request, measured, rounds, peer);
}

/** Images a second through the network once its first batch is done, the pixels being in memory. */
async function networkRate(
  weights: BaseWeights,
  executor: Executor,
  { px, batch }: { readonly px: number; readonly batch: number },
  { signal }: BenchContext,
): Promise<number> {
  const random = createRandom(0);
  const pixels = Uint8Array.from({ length: batch * px * px * 3 }, () => random.int(256));
  const source: PixelSource = { numImages: batch * (1 + numTimedBatches), px, read: () => Promise.resolve(pixels) };
  let firstMs = 0;
  let lastMs = 0;
  await embed({
    ...weights,
    source,
    executor,
    batch,
    ctx: { signal, onProgress: () => undefined },
    onBatch: (start) => {
      lastMs = performance.now();
      if (start === 0) firstMs = lastMs;
    },
  });
  return (1e3 * numTimedBatches * batch) / (lastMs - firstMs);
}
