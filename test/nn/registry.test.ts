import { describe, expect, it } from 'vitest';
import { bit } from '../../electron/nn/bit.ts';
import type { ForwardResult, Network, ParameterKind } from '../../electron/nn/network.ts';
import { archs, networkFor } from '../../electron/nn/registry.ts';
import { resnetV2 } from '../../electron/nn/resnet-v2.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import { createEagerExecutor } from '../../electron/tensor/eager.ts';
import type { Tensors } from '../../electron/tensor/program.ts';
import { tf } from '../../electron/tensor/tf.ts';
import { randomPlain } from './plain-layers.ts';

const executors = [createEagerExecutor('cpu'), await createCompiledExecutor()];

function count({ parameters }: Network, kinds: readonly ParameterKind[]): number {
  return Object.values(parameters)
    .filter(({ kind }) => kinds.includes(kind))
    .reduce((total, { shape }) => total + shape.reduce((product, size) => product * size, 1), 0);
}

describe('networkFor', () => {
  // Published sizes, less the classifier where the network has none: torchvision's and timm's model tables.
  it.each([
    ['mobilenet_v2', 3_504_872 - 1_281_000],
    ['resnet18', 11_689_512 - 513_000],
    ['resnet34', 21_797_672 - 513_000],
    ['resnet50', 25_557_032 - 2_049_000],
    ['squeezenet1_1', 1_235_496],
    ['bit_r50x1', 25_549_352 - 2_049_000],
    ['bit_r101x1', 44_541_480 - 2_049_000],
  ])('%s has its published number of parameters', (arch, expected) => {
    expect(count(networkFor(arch), ['weight', 'bias', 'norm'])).toBe(expected);
  });

  it('keeps the test network below 20,000', () => {
    expect(count(networkFor('tiny'), ['weight', 'bias', 'norm', 'statistic'])).toBeLessThan(20_000);
  });

  it.each([
    ['mobilenet_v2', 'features.0.0.weight', [3, 3, 3, 32]],
    ['mobilenet_v2', 'features.1.conv.0.0.weight', [3, 3, 32, 1]],
    ['mobilenet_v2', 'features.1.conv.1.weight', [1, 1, 32, 16]],
    ['mobilenet_v2', 'features.1.conv.2.running_var', [16]],
    ['mobilenet_v2', 'features.17.conv.1.0.weight', [3, 3, 960, 1]],
    ['mobilenet_v2', 'features.17.conv.3.bias', [320]],
    ['mobilenet_v2', 'features.18.1.running_mean', [1280]],
    ['resnet18', 'layer2.0.downsample.1.weight', [128]],
    ['resnet50', 'layer1.0.conv3.weight', [1, 1, 64, 256]],
    ['bit_r50x1', 'stem.conv.weight', [7, 7, 3, 64]],
    ['bit_r50x1', 'stages.1.blocks.0.downsample.conv.weight', [1, 1, 256, 512]],
    ['bit_r50x1', 'stages.3.blocks.2.norm3.bias', [512]],
    ['bit_r50x1', 'norm.weight', [2048]],
  ])('%s has %s', (arch, name, shape) => {
    expect(networkFor(arch).parameters[name]?.shape).toEqual(shape);
  });

  it('names the networks there are', () => {
    expect(() => networkFor('vit')).toThrow('choose one of mobilenet_v2');
    expect(() => networkFor('constructor')).toThrow('No network is called "constructor"');
    expect(archs.map((arch) => networkFor(arch).arch)).toEqual(archs);
  });

  // The pure JavaScript backend would take minutes for the others; one block stands for the deep families.
  const trainable = [
    { network: networkFor('tiny'), executor: executors[0]! },
    ...['tiny', 'mobilenet_v2', 'mobilenet_v2_035_teachable', 'resnet18', 'squeezenet1_1'].map(networkFor),
    resnetV2('resnet_v2_test', [1]),
    bit('bit_test', [1]),
  ].map((entry) => ('executor' in entry ? entry : { network: entry, executor: executors[1]! }));

  it.each(trainable)(
    '$network.arch trains on $executor.id: finite features, every statistic, every gradient',
    async ({ network, executor }) => {
      const sizePx = network.arch === 'tiny' ? 16 : 32;
      const names = Object.keys(network.parameters);
      const statistics = names.filter((name) => network.parameters[name]!.kind === 'statistic');
      const trained = names.filter((name) => !statistics.includes(name) && network.parameters[name]!.classifier !== true);
      const images = randomPlain(3, [2, sizePx, sizePx, 3], { mean: 0.5, deviation: 0.2 });
      let describedMaps: number[][] = [];
      const session = await executor.load({
        name: 'gradients',
        state: network.init(1),
        inputs: { images: { dtype: 'float32', shape: [2, sizePx, sizePx, 3] } },
        run: (state, inputs) => {
          const forward = (parameters: Tensors): ForwardResult =>
            network.forward(parameters, inputs['images'] as tf.Tensor4D, { training: true });
          const loss = (...weights: tf.Tensor[]): tf.Tensor => {
            const parameters = { ...state, ...Object.fromEntries(trained.map((name, i) => [name, weights[i]!])) };
            return tf.sum(tf.square(forward(parameters).features));
          };
          const gradients = tf.grads(loss)(trained.map((name) => state[name]!));
          const { features, maps, statistics: updated } = forward(state);
          describedMaps = maps.map(({ shape }) => shape);
          const byName = Object.fromEntries(trained.map((name, i) => [name, gradients[i]!]));
          return { state: {}, outputs: { features, ...updated, ...byName } };
        },
      });
      const { features, ...rest } = await session.run({
        images: { dtype: 'float32', shape: images.shape, data: Float32Array.from(images.data) },
      });
      await session.dispose();
      expect(features!.shape).toEqual([2, network.numFeatures]);
      expect(features!.data.every((value) => Number.isFinite(value))).toBe(true);
      expect(describedMaps.map((shape) => shape[3])).toEqual(network.stages.map(({ numChannels }) => numChannels));
      // SqueezeNet's stem does not pad, so its maps lack a pixel.
      const tolerated = network.arch === 'squeezenet1_1' ? 1 : 0;
      network.stages.forEach(({ reduction }, stage) => {
        expect(Math.abs(describedMaps[stage]![1]! - sizePx / reduction)).toBeLessThanOrEqual(tolerated);
      });
      expect(Object.keys(rest).sort()).toEqual([...statistics, ...trained].sort());
      for (const [name, { shape, data }] of Object.entries(rest)) {
        expect(shape, name).toEqual(network.parameters[name]!.shape);
        expect(
          data.every((value) => Number.isFinite(value)),
          name,
        ).toBe(true);
      }
    },
  );

  it('draws the same first weights from the same seed', () => {
    const network = networkFor('tiny');
    expect(network.init(5)).toEqual(network.init(5));
    expect(network.init(5)['stem.conv.weight']).not.toEqual(network.init(6)['stem.conv.weight']);
    const { data } = network.init(5)['last.conv.weight']!;
    const variance = Array.from(data).reduce((sum, value) => sum + value ** 2, 0) / data.length;
    // He et al. 2015: 2 / fan-in, here 3 * 3 * 32.
    expect(variance / (2 / 288)).toBeCloseTo(1, 1);
    expect(network.init(5)['stem.bn.running_var']!.data.every((value) => value === 1)).toBe(true);
    expect(network.init(5)['stem.bn.bias']!.data.every((value) => value === 0)).toBe(true);
  });
});
