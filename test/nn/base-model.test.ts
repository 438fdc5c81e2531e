import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../electron/contract/errors.ts';
import { loadBase, saveBase } from '../../electron/nn/base-model.ts';
import { describeMismatch, mismatchOf } from '../../electron/contract/weights-mismatch.ts';
import { archs, networkFor } from '../../electron/nn/registry.ts';
import { parseSafetensors, writeSafetensors } from '../../electron/nn/safetensors.ts';
import type { HostTensor, HostTensors } from '../../electron/tensor/program.ts';

const weightsFolder = new URL('../../../shared/weights/', import.meta.url);
const tinyNetwork = networkFor('tiny');

/** The tiny network's file, changed. */
function tinyFile(change: (tensors: HostTensors) => HostTensors, metadata: Record<string, string> = {}): Uint8Array {
  return writeSafetensors(change(parseSafetensors(saveBase(tinyNetwork, tinyNetwork.init(1))).tensors), metadata);
}

function zeros(shape: readonly number[]): HostTensor {
  return { dtype: 'float32', shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)) };
}

describe('saveBase, then loadBase', () => {
  it.each(['tiny', 'mobilenet_v2', 'mobilenet_v2_035_teachable', 'squeezenet1_1'])('gives back the parameters of %s', (arch) => {
    const network = networkFor(arch);
    const parameters = network.init(3);
    const base = loadBase(saveBase(network, parameters, { source: 'a test' }));
    expect(base.network.arch).toBe(arch);
    expect(base.parameters).toEqual(parameters);
    expect(base.metadata).toEqual({ source: 'a test', arch });
  });

  it('writes filters as PyTorch orders them', () => {
    const { tensors } = parseSafetensors(saveBase(tinyNetwork, tinyNetwork.init(1)));
    const stem = tinyNetwork.init(1)['stem.conv.weight']!;
    expect(tensors['stem.conv.weight']!.shape).toEqual([16, 3, 3, 3]);
    // Output 5, input 2, row 0, column 1.
    expect(tensors['stem.conv.weight']!.data[5 * 27 + 2 * 9 + 1]).toBe(stem.data[(1 * 3 + 2) * 16 + 5]);
    const depthwise = tinyNetwork.init(1)['depthwise.conv.weight']!;
    expect(tensors['depthwise.conv.weight']!.shape).toEqual([16, 1, 3, 3]);
    // Channel 7, row 2, column 1.
    expect(tensors['depthwise.conv.weight']!.data[7 * 9 + 2 * 3 + 1]).toBe(depthwise.data[(2 * 3 + 1) * 16 + 7]);
  });

  it('refuses parameters that are missing or misshapen', () => {
    const parameters = tinyNetwork.init(1);
    expect(() => saveBase(tinyNetwork, { ...parameters, 'last.bn.bias': zeros([3]) })).toThrow('of shape [3]; it must have [48]');
    delete parameters['last.bn.bias'];
    expect(() => saveBase(tinyNetwork, parameters)).toThrow('Parameter last.bn.bias of tiny is missing');
  });
});

describe.each(['mobilenetv2-gluon', 'resnet50v2-stage3', 'teachable-mobilenetv2-035', 'squeezenet1_1'])('%s', (name) => {
  const file = new URL(`${name}.safetensors`, weightsFolder);
  it.skipIf(!existsSync(file))('is written back bit for bit', () => {
    const bytes = readFileSync(file);
    const { network, parameters, metadata } = loadBase(bytes);
    const [before, after] = [parseSafetensors(bytes), parseSafetensors(saveBase(network, parameters, metadata))];
    expect(after.metadata).toEqual({ ...before.metadata, arch: network.arch });
    expect(Object.keys(after.tensors).sort()).toEqual(Object.keys(before.tensors).sort());
    for (const [key, tensor] of Object.entries(before.tensors)) {
      const written = after.tensors[key]!;
      expect(written.shape, key).toEqual(tensor.shape);
      expect(Buffer.compare(new Uint8Array(written.data.buffer), new Uint8Array(tensor.data.buffer)), key).toBe(0);
    }
  });
});

describe('loadBase', () => {
  // The largest would only cost time: they differ from their sisters by depth alone.
  it.each(archs.filter((arch) => !/r50|r101|net50|net34/.test(arch)))('recognises %s by its tensors', (arch) => {
    const network = networkFor(arch);
    const parameters = Object.fromEntries(Object.entries(network.parameters).map(([name, { shape }]) => [name, zeros(shape)]));
    const { tensors } = parseSafetensors(saveBase(network, parameters));
    expect(loadBase(writeSafetensors(tensors)).network.arch).toBe(arch);
  });

  it('passes over the heads and counters of published files, and an arch of other tools', () => {
    const extra = {
      'stem.bn.num_batches_tracked': { dtype: 'int32', shape: [], data: Int32Array.of(4) },
      'fc.weight': zeros([10, 48]),
      'classifier.1.bias': zeros([10]),
    } satisfies HostTensors;
    const base = loadBase(tinyFile((tensors) => ({ ...tensors, ...extra }), { arch: 'tinynet_a' }));
    expect(base.network.arch).toBe('tiny');
    expect(Object.keys(base.parameters)).toEqual(Object.keys(tinyNetwork.parameters));
  });

  it.each<[string, (tensors: HostTensors) => HostTensors, string]>([
    [
      'a missing tensor',
      (tensors) => Object.fromEntries(Object.entries(tensors).filter(([name]) => name !== 'stem.bn.bias')),
      'missing: stem.bn.bias',
    ],
    ['an unexpected tensor', (tensors) => ({ ...tensors, 'neck.weight': zeros([2]) }), 'unexpected: neck.weight'],
    ['a wrong shape', (tensors) => ({ ...tensors, 'last.bn.bias': zeros([7]) }), 'wrong shape: last.bn.bias [7], not [48]'],
    [
      'many unexpected tensors',
      (tensors) => ({ ...tensors, a: zeros([1]), b: zeros([1]), c: zeros([1]), d: zeros([1]), e: zeros([1]) }),
      'unexpected: a; b; c and 2 more',
    ],
  ])('names %s', (_, change, message) => {
    for (const metadata of [{}, { arch: 'tiny' }] as Record<string, string>[]) {
      const load = (): unknown => loadBase(tinyFile(change, metadata));
      expect(load).toThrow(AppError);
      expect(load).toThrow(`These weights are not a complete tiny. ${message}.`);
    }
  });

  it('lists every difference with its shapes, cut but counted', () => {
    const extra = Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`extra.${i}`, zeros([2, i + 1])]));
    const file = tinyFile((tensors) => {
      const rest = Object.fromEntries(Object.entries(tensors).filter(([name]) => name !== 'stem.bn.bias'));
      return { ...rest, ...extra, 'pointwise.conv.weight': zeros([32, 16, 3, 3]) };
    });
    let details: Readonly<Record<string, unknown>> = {};
    try {
      loadBase(file);
    } catch (error) {
      if (error instanceof AppError) details = error.details;
    }
    const mismatch = mismatchOf(details)!;
    expect(mismatch).toMatchObject({ arch: 'tiny', numMissing: 1, numMisshapen: 1, numUnexpected: 250 });
    expect(mismatch.missing).toEqual([{ name: 'stem.bn.bias', expected: [16] }]);
    expect(mismatch.misshapen).toEqual([{ name: 'pointwise.conv.weight', expected: [32, 16, 1, 1], found: [32, 16, 3, 3] }]);
    expect(mismatch.unexpected).toHaveLength(200);
    expect(mismatch.unexpected[7]).toEqual({ name: 'extra.7', found: [2, 8] });
    const text = describeMismatch(mismatch);
    expect(text).toContain('pointwise.conv.weight  expected [32, 16, 1, 1], found [32, 16, 3, 3]');
    expect(text).toContain('and 50 more');
  });

  it.each(['module.', 'model.', 'backbone.', 'module.encoder_q.', '_orig_mod.'])(
    'takes off %s, and leaves out what lies beside',
    (prefix) => {
      const wrapped = tinyFile((tensors) => ({
        ...Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor])),
        'neck.weight': zeros([4]),
        [`${prefix}fc.weight`]: zeros([3, 48]),
      }));
      const { network, parameters, recognised } = loadBase(wrapped);
      expect(network.arch).toBe('tiny');
      expect(parameters).toEqual(tinyNetwork.init(1));
      expect(recognised.prefix).toBe(prefix);
      expect([...recognised.leftOut].sort()).toEqual([`${prefix}fc.weight`, 'neck.weight'].sort());
    },
  );

  it('names the tensors of a wrapped file as the file does', () => {
    const wrapped = tinyFile((tensors) =>
      Object.fromEntries(
        Object.entries(tensors).flatMap(([name, tensor]) => (name === 'stem.bn.bias' ? [] : [[`module.${name}`, tensor]])),
      ),
    );
    expect(() => loadBase(wrapped)).toThrow('missing: module.stem.bn.bias');
  });

  it('reads doubles', () => {
    const doubled = tinyNetwork.init(1);
    const { tensors } = parseSafetensors(saveBase(tinyNetwork, doubled));
    const header: Record<string, unknown> = {};
    const parts: Float64Array[] = [];
    let position = 0;
    for (const [name, { shape, data }] of Object.entries(tensors)) {
      header[name] = { dtype: 'F64', shape, data_offsets: [position, position + 8 * data.length] };
      position += 8 * data.length;
      parts.push(Float64Array.from(data));
    }
    const json = Buffer.from(JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    const bytes = Buffer.concat([length, json, ...parts.map((part) => new Uint8Array(part.buffer))]);
    expect(loadBase(bytes).parameters).toEqual(doubled);
  });

  it('refuses weights that are not finite, and integers', () => {
    const bias = Float32Array.from({ length: 48 }, (_, i) => (i === 9 ? NaN : 0));
    const notFinite = tinyFile((tensors) => ({ ...tensors, 'last.bn.bias': { dtype: 'float32', shape: [48], data: bias } }));
    expect(() => loadBase(notFinite)).toThrow('Parameter last.bn.bias holds values that are not finite');
    const integers = tinyFile((tensors) => ({ ...tensors, 'last.bn.bias': { dtype: 'int32', shape: [48], data: new Int32Array(48) } }));
    expect(() => loadBase(integers)).toThrow('Parameter last.bn.bias holds int32');
  });

  it('says which networks there are where none is near', () => {
    expect(() => loadBase(writeSafetensors({ 'encoder.weight': zeros([2]) }))).toThrow('fit no network known here');
  });
});
