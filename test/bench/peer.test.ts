import { describe, expect, it } from 'vitest';
import { parsePeerOutput, peerNumber, runPeer } from './peer.ts';

describe('peers', () => {
  it('takes the last line that is JSON', () => {
    const result = parsePeerOutput('a warning\n{"images_per_s": 1}\n{"peer": "torch", "images_per_s": 12.5}\n');
    expect(peerNumber(result, 'images_per_s')).toBe(12.5);
    expect(peerNumber(result, 'peer')).toBeNull();
  });

  it('says what is wrong with other output', () => {
    expect(parsePeerOutput('').note).toContain('no result');
    expect(parsePeerOutput('{"images_per_s": 1').note).toContain('something else');
  });

  it('goes without a peer that is not there', async () => {
    const result = await runPeer('no_such_bench.py', [], new AbortController().signal);
    expect(result).toMatchObject({ line: null });
    expect(result.note).toContain('no_such_bench.py');
  });
});
