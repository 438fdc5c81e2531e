import { readFileSync } from 'node:fs';
import { it } from 'vitest';
import { loadBase } from '../../electron/nn/base-model.ts';
import { parseSafetensors } from '../../electron/nn/safetensors.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import { createEagerExecutor } from '../../electron/tensor/eager.ts';
import { fromHost, relativeError } from './plain-layers.ts';
const T = process.env['TVDIR']!;
it('x', async () => {
  for (const arch of ['resnet18', 'resnet34', 'resnet50', 'mobilenet_v2', 'bit_r26', 'bit_r50x1', 'squeezenet1_1']) {
    const { network, parameters } = loadBase(readFileSync(`${T}/tv_${arch}.st`));
    const { images, ...out } = parseSafetensors(readFileSync(`${T}/tv_${arch}.out`)).tensors;
    for (const ex of [createEagerExecutor('cpu'), await createCompiledExecutor()])
      for (const training of [false, true]) {
        const logits = arch === 'squeezenet1_1';
        if (logits && training) continue;
        const s = await ex.load({ name: 'a', state: parameters, inputs: { images: { dtype: 'float32', shape: [2, 64, 96, 3] } },
          run: (st, { images }) => {
            if (logits) return { state: {}, outputs: { f: network.logits!(st, images as never) } };
            const r = network.forward(st, images as never, { training });
            return { state: {}, outputs: { f: r.features, ...r.statistics } };
          } });
        const r = await s.run({ images: images! });
        let worst = 0;
        for (const [k, v] of Object.entries(r)) if (k !== 'f') worst = Math.max(worst, relativeError(v, fromHost(out[`stat.${k}`]!)));
        console.log(arch, network.arch, ex.id, training, relativeError(r['f']!, fromHost(out[training ? 'train' : 'eval']!)), 'stats', Object.keys(r).length, worst);
      }
  }
});
