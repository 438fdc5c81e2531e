/**
 * Every network that has a weights file agrees with what PyTorch computes from it, within 1e-3 of the largest value:
 * max |a - b| / max |b|.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { BaseModel } from '../../electron/nn/base-model.ts';
import { loadBase } from '../../electron/nn/base-model.ts';
import { parseSafetensors } from '../../electron/nn/safetensors.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import { createEagerExecutor } from '../../electron/tensor/eager.ts';
import type { Executor, HostTensor, Program } from '../../electron/tensor/program.ts';
import { tf } from '../../electron/tensor/tf.ts';
import { fromHost, relativeError } from './plain-layers.ts';

const executors: Executor[] = [createEagerExecutor('cpu'), await createCompiledExecutor()];

const weightsFolder = new URL('../../../shared/weights/', import.meta.url);
const path = (file: string): URL => new URL(`${file}.safetensors`, weightsFolder);

function read(file: string): Uint8Array {
  return readFileSync(path(file));
}

function featureProgram({ network, parameters }: BaseModel, sizePx: number): Program {
  return {
    name: `features of ${network.arch}`,
    state: parameters,
    inputs: { images: { dtype: 'uint8', shape: [null, sizePx, sizePx, 3] } },
    run: (state, { images }) => {
      const scaled = tf.div<tf.Tensor4D>(tf.cast(images!, 'float32'), 255);
      return { state: {}, outputs: { features: network.forward(state, scaled, { training: false }).features } };
    },
  };
}

/** The fixture's images are normalised already, channels first; the network wants RGB in [0, 1], channels last. */
function logitsProgram({ network, parameters }: BaseModel): Program {
  return {
    name: `logits of ${network.arch}`,
    state: parameters,
    inputs: { images: { dtype: 'float32', shape: [null, 3, 224, 224] } },
    run: (state, { images }) => {
      const rgb = tf.add(tf.mul(tf.transpose(images as tf.Tensor4D, [0, 2, 3, 1]), [...network.std]), [...network.mean]);
      return { state: {}, outputs: { logits: network.logits!(state, rgb as tf.Tensor4D) } };
    },
  };
}

/** The first `count` rows. */
function firstRows({ dtype, shape, data }: HostTensor, count: number): HostTensor {
  const numRows = Math.min(count, shape[0]!);
  return { dtype, shape: [numRows, ...shape.slice(1)], data: data.slice(0, (data.length / shape[0]!) * numRows) };
}

interface Case {
  readonly file: string;
  readonly arch: string;
  readonly images: string;
  readonly expected: string;
  readonly program: (base: BaseModel) => Program;
}

const cases: Case[] = [
  ['mobilenetv2-gluon', 'mobilenet_v2_gluon'],
  ['resnet50v2-stage3', 'resnet50v2s3'],
  ['teachable-mobilenetv2-035', 'mobilenet_v2_035_teachable'],
].map(([file, arch]) => ({
  file: file!,
  arch: arch!,
  images: 'images',
  expected: 'features',
  program: (base) => featureProgram(base, 96),
}));
cases.push({ file: 'squeezenet1_1', arch: 'squeezenet1_1', images: 'input224', expected: 'logits', program: logitsProgram });

describe.each(cases)('$file', ({ file, arch, images, expected, program }) => {
  describe.skipIf(!existsSync(path(file)))('with its weights', () => {
    it.each(executors)('agrees with PyTorch on $id', async (executor) => {
      // The pure JavaScript backend needs seconds for an image.
      const numImages = executor.id === 'eager:cpu' ? 2 : 4;
      const base = loadBase(read(file));
      expect(base.network.arch).toBe(arch);
      const fixture = parseSafetensors(read(`${file}.fixture`)).tensors;
      const session = await executor.load(program(base));
      const outputs = await session.run({ images: firstRows(fixture[images]!, numImages) });
      await session.dispose();
      expect(relativeError(outputs[expected]!, fromHost(firstRows(fixture[expected]!, numImages)))).toBeLessThan(1e-3);
    });
  });
});
