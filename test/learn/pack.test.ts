import '@tensorflow/tfjs-backend-cpu';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float32 } from '../../electron/learn/host-tensor.ts';
import { pack, packLayout, packTensors, unpack, unpackHost } from '../../electron/learn/pack.ts';
import { tf } from '../../electron/tensor/tf.ts';

const shapes = fc.array(fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }), { minLength: 1, maxLength: 5 });

describe('pack', () => {
  it('comes back from one vector unchanged, on the host and in a program', async () => {
    await tf.setBackend('cpu');
    fc.assert(
      fc.property(shapes, (all) => {
        let next = 0;
        const specs = Object.fromEntries(all.map((shape, i) => [`p${i}`, { shape }]));
        const tensors = Object.fromEntries(
          all.map((shape, i) => {
            const size = shape.reduce((a, b) => a * b, 1);
            return [
              `p${i}`,
              float32(
                shape,
                Float32Array.from({ length: size }, () => next++),
              ),
            ];
          }),
        );
        const layout = packLayout(specs, Object.keys(specs));
        const vector = pack(layout, tensors);
        expect(vector.shape).toEqual([next]);
        expect(unpackHost(layout, vector)).toEqual(tensors);
        tf.tidy(() => {
          const parts = unpack(layout, tf.tensor1d(vector.data as Float32Array));
          for (const [name, part] of Object.entries(parts)) {
            expect(part.shape).toEqual(tensors[name]!.shape);
            expect(part.dataSync()).toEqual(tensors[name]!.data);
          }
          expect(packTensors(layout, parts).dataSync()).toEqual(vector.data);
        });
      }),
      { seed: 1, numRuns: 30 },
    );
  });

  it('names the parameter whose shape is wrong', () => {
    const layout = packLayout({ filter: { shape: [2, 2] } }, ['filter']);
    expect(() => pack(layout, { filter: float32([4], new Float32Array(4)) })).toThrow(/'filter' has shape \[4\].*\[2,2\]/);
  });
});
