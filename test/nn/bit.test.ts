import { describe, expect, it } from 'vitest';
import { bit } from '../../electron/nn/bit.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import { createEagerExecutor } from '../../electron/tensor/eager.ts';
import type { HostTensors } from '../../electron/tensor/program.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import type { Plain } from './plain-layers.ts';
import {
  convolvePlain,
  fromHost,
  groupNormPlain,
  map,
  maxPoolPlain,
  plain,
  randomPlain,
  relativeError,
  standardisePlain,
  zeroBorder,
} from './plain-layers.ts';

const executors = [createEagerExecutor('cpu'), await createCompiledExecutor()];

/** One stage of one bottleneck, written down a second time in plain loops. */
function plainFeatures(parameters: HostTensors, images: Plain): Plain {
  const conv = (x: Plain, name: string, stride: number, pad: number): Plain => {
    const filter = standardisePlain(fromHost(parameters[`${name}.weight`]!), 1e-10);
    return convolvePlain(x, filter, { stride, before: pad, after: pad, depthwise: false });
  };
  const normRelu = (x: Plain, name: string): Plain => {
    const y = groupNormPlain(x, fromHost(parameters[`${name}.weight`]!), fromHost(parameters[`${name}.bias`]!), 32, 1e-5);
    return map(y, (value) => Math.max(0, value));
  };
  const root = conv(
    map(images, (value) => (value - 0.5) / 0.5),
    'stem.conv',
    2,
    3,
  );
  const x = maxPoolPlain(zeroBorder(root), 3, { stride: 2, before: 0, after: 0 });
  const block = 'stages.0.blocks.0';
  const first = normRelu(x, `${block}.norm1`);
  const second = normRelu(conv(first, `${block}.conv1`, 1, 0), `${block}.norm2`);
  const third = normRelu(conv(second, `${block}.conv2`, 1, 1), `${block}.norm3`);
  const shortcut = conv(first, `${block}.downsample.conv`, 1, 0);
  const sum = map(conv(third, `${block}.conv3`, 1, 0), (value, i) => value + shortcut.data[i]!);
  const last = normRelu(sum, 'norm');
  const [batch, height, width, numChannels] = last.shape as [number, number, number, number];
  return plain([batch, numChannels], (i) => {
    const image = Math.floor(i / numChannels);
    let total = 0;
    for (let at = 0; at < height * width; at++) total += last.data[(image * height * width + at) * numChannels + (i % numChannels)]!;
    return total / (height * width);
  });
}

/** Group norms that are not the identity. */
function withRandomNorms(parameters: HostTensors): HostTensors {
  const random = createRandom(8);
  return Object.fromEntries(
    Object.entries(parameters).map(([name, tensor]) => [
      name,
      tensor.shape.length === 1 ? { ...tensor, data: Float32Array.from(tensor.data, (value) => value + 0.3 * random.normal()) } : tensor,
    ]),
  );
}

describe('bit', () => {
  it.each(executors.flatMap((executor) => [16, 22].map((sizePx) => ({ id: executor.id, executor, sizePx }))))(
    'agrees with plain loops on $id at $sizePx px',
    async ({ executor, sizePx }) => {
      const network = bit('bit_test', [1]);
      const parameters = withRandomNorms(network.init(2));
      // Dark images: the root's output is mostly negative, so the zeros around it win at the edge.
      const images = randomPlain(4, [2, sizePx, sizePx, 3], { mean: 0.2, deviation: 0.1 });
      const session = await executor.load({
        name: 'bit',
        state: parameters,
        inputs: { images: { dtype: 'float32', shape: [2, sizePx, sizePx, 3] } },
        run: (state, inputs) => ({
          state: {},
          outputs: { features: network.forward(state, inputs['images'] as never, { training: false }).features },
        }),
      });
      const { features } = await session.run({ images: { dtype: 'float32', shape: images.shape, data: Float32Array.from(images.data) } });
      await session.dispose();
      expect(relativeError(features!, plainFeatures(parameters, images))).toBeLessThan(1e-4);
    },
  );
});
