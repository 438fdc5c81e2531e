import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { saveBase } from '../../electron/nn/base-model.ts';
import { numTellingBytes, refuseForeignFile } from '../../electron/nn/foreign-file.ts';
import { networkFor } from '../../electron/nn/registry.ts';
import { writeSafetensors } from '../../electron/nn/safetensors.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
/** The first entry of a zip archive. */
const zip = (entry: string): Uint8Array => bytes(`PK\x03\x04${'\0'.repeat(26)}${entry}`);

describe('refuseForeignFile', () => {
  it.each<[string, Uint8Array, string, string]>([
    ['a PyTorch archive', zip('archive/data.pkl'), 'resnet18.pth', 'torch.load'],
    ['a PyTorch archive by its name alone', zip('something'), 'model.bin', 'is a PyTorch file (a pickle)'],
    ['an old PyTorch pickle', bytes('\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.'), 'old.pth', 'save_file('],
    ['a pickle of Python', bytes('\x80\x04\x95\x12\0\0\0\0\0\0\0}\x94'), 'weights.pkl', 'weights_only=True'],
    ['a NumPy archive', zip('kernel.npy'), 'bit.npz', 'is a NumPy archive'],
    ['a Keras model', zip('metadata.json'), 'net.keras', 'is a Keras model'],
    ['an HDF5 file', bytes('\x89HDF\r\n\x1a\n'), 'net.h5', 'is an HDF5 file'],
    ['a pointer of Git LFS', bytes('version https://git-lfs.github.com/spec/v1'), 'model.safetensors', 'git lfs pull'],
    ['a web page', bytes('\n<!DOCTYPE html><html>'), 'model.safetensors', 'is a web page'],
    ['an empty file', new Uint8Array(0), 'model.safetensors', 'is empty'],
    ['another zip archive', zip('readme.txt'), 'weights.zip', 'Unpack it'],
  ])('names %s and the way out', (_, start, name, message) => {
    expect(() => refuseForeignFile(start, name)).toThrow(message);
    expect(() => refuseForeignFile(start, name)).toThrow(name);
  });

  it('passes safetensors, also where their length begins as a pickle does', () => {
    const network = networkFor('tiny');
    expect(() => refuseForeignFile(saveBase(network, network.init(1)), 'tiny.safetensors')).not.toThrow();
    const value = { dtype: 'float32', shape: [1], data: Float32Array.of(1) } as const;
    // A header of 0x0280 = 640 bytes.
    const filler = 'x'.repeat(
      640 - JSON.stringify({ __metadata__: { a: '' }, w: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }).length,
    );
    const file = writeSafetensors({ w: value }, { a: filler });
    expect([...file.subarray(0, 3)]).toEqual([0x80, 2, 0]);
    expect(() => refuseForeignFile(file.subarray(0, numTellingBytes), 'w.safetensors')).not.toThrow();
  });

  const torch = spawnSync('/usr/bin/python3', ['-c', 'import torch']).status === 0;
  it.skipIf(!torch).each(['True', 'False'])('knows what torch.save writes (zip: %s)', (isZip) => {
    const code = `import sys, io, torch; b = io.BytesIO(); torch.save({'w': torch.zeros(3)}, b, _use_new_zipfile_serialization=${isZip}); sys.stdout.buffer.write(b.getvalue())`;
    const { stdout } = spawnSync('/usr/bin/python3', ['-c', code]);
    expect(stdout.length).toBeGreaterThan(100);
    expect(() => refuseForeignFile(stdout.subarray(0, numTellingBytes), 'anything')).toThrow('Convert it with three lines');
  });
});
