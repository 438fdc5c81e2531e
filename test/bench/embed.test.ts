import { describe, expect, it } from 'vitest';
import { embedReport } from './embed.ts';

const request = { folder: 'f', arch: 'tiny', base: null, px: 32, batch: 4, rounds: 2, threads: 1, withPeer: true };
const measured = { arch: 'tiny', images: 24, busy: [0, 0] };

describe('embedReport', () => {
  it('takes each figure from its best round, the peer from its better way of waiting', () => {
    const rounds = [10, 20].map((rate) => ({
      network_images_per_s: 3 * rate,
      end_to_end_images_per_s: 2 * rate,
      peer_network_images_per_s: { default: rate, passive: rate + 10 },
      peer_end_to_end_images_per_s: { default: rate, passive: rate - 5 },
    }));
    const run = { line: { peer: 'torch 1' }, note: null };
    const report = embedReport(request, measured, rounds, { default: run, passive: run });
    expect(report).toMatchObject({ images_per_s: 40, peer_images_per_s: 20, ratio: 2 });
    expect(report).toMatchObject({
      network_images_per_s: 60,
      peer_network_images_per_s: 30,
      network_ratio: 2,
      images: 24,
      peer: 'torch 1',
    });
  });
});
