import { it } from 'vitest';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import { createEagerExecutor } from '../../electron/tensor/eager.ts';
import { normAct, standardise, convolve, maxPool } from '../../electron/nn/layers.ts';
import { bit } from '../../electron/nn/bit.ts';
import { tf } from '../../electron/tensor/tf.ts';
import { randomPlain, relativeError, fromHost } from './plain-layers.ts';
it('x', async () => {
  const host = (p: any) => ({ dtype: 'float32' as const, shape: p.shape, data: Float32Array.from(p.data) });
  const cmp = async (name: string, state: any, inputs: any, f: (s: any, i: any) => any) => {
    const rs = [];
    for (const ex of [createEagerExecutor('cpu'), await createCompiledExecutor()]) {
      const s = await ex.load({ name, state, inputs: Object.fromEntries(Object.entries(inputs).map(([k, v]: any) => [k, { dtype: 'float32', shape: v.shape }])), run: (st: any, i: any) => ({ state: {}, outputs: { y: f(st, i) } }) });
      rs.push((await s.run(inputs))['y']!);
    }
    console.log(name, 'cmp', relativeError(rs[1]!, fromHost(rs[0]!)));
  };
  const x = host(randomPlain(1, [2, 64, 96, 3]));
  const w = host(randomPlain(2, [7, 7, 3, 64], { deviation: 0.05 }));
  await cmp('stem', { w }, { x }, (s, i) => convolve(i.x, { filter: standardise(s.w, 1e-10), stride: 2, padding: 3, depthwise: false }));
  const border = (t: any) => tf.pad(t, [[0, 0], [1, 1], [1, 1], [0, 0]]) as any;
  await cmp('pad', {}, { x }, (s, i) => border(i.x));
  await cmp('pool', {}, { x }, (s, i) => maxPool(i.x, { sizePx: 3, stride: 2 }));
  await cmp('pad pool', {}, { x }, (s, i) => maxPool(border(i.x), { sizePx: 3, stride: 2 }));
  await cmp('stem pad pool', { w }, { x }, (s, i) => maxPool(border(convolve(i.x, { filter: standardise(s.w, 1e-10), stride: 2, padding: 3, depthwise: false })), { sizePx: 3, stride: 2 }));
  const g = host(randomPlain(1, [2, 8, 8, 64]));
  const gs = host(randomPlain(3, [64])), gb = host(randomPlain(4, [64]));
  const gn = (s: any, t: any) => normAct(t, { norm: { kind: 'group', scale: s.gs, shift: s.gb, numGroups: 32, epsilon: 1e-5 }, activation: 'relu', training: false }).output;
  await cmp('gn', { gs, gb }, { g }, (s, i) => gn(s, i.g));
  const w1 = host(randomPlain(5, [1, 1, 64, 64])), w3 = host(randomPlain(6, [3, 3, 64, 64]));
  await cmp('gn conv1', { gs, gb, w1 }, { g }, (s, i) => convolve(gn(s, i.g), { filter: s.w1, stride: 1, padding: 0, depthwise: false }));
  await cmp('gn conv3', { gs, gb, w3 }, { g }, (s, i) => convolve(gn(s, i.g), { filter: s.w3, stride: 2, padding: 1, depthwise: false }));
  await cmp('down', { w1 }, { g }, (s, i) => convolve(i.g, { filter: s.w1, stride: 2, padding: 0, depthwise: false }));
  for (const d of [[1], [2], [1, 1], [1, 1, 1], [2, 2, 2, 2]]) {
    const n = bit('b', d);
    await cmp('bit ' + d, n.init(1), { x }, (s, i) => n.forward(s, i.x, { training: false }).features);
  }
});
