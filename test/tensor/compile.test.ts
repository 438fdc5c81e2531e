import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import { compileProgram } from '../../electron/tensor/compile.ts';
import type { HostTensors, Program } from '../../electron/tensor/program.ts';
import { tf } from '../../electron/tensor/tf.ts';
import { eager, expectAgreement, integers, normal } from './oracle.ts';

const compiled = await createCompiledExecutor({ numThreads: 1 });

interface Sizes {
  readonly sizePx: number;
  readonly channels: number;
  readonly stride: 1 | 2;
  readonly pad: 'same' | 'valid';
  readonly seed: number;
}

/** uint8 images [batch, s, s, 3] -> class probabilities [batch, 5], their log, the mean over the batch [5] and pooled maxima. */
function classifier(batch: number | null, { sizePx, channels, stride, pad, seed }: Sizes): Program {
  const numPooled = channels;
  return {
    name: 'classifier',
    state: {
      filter: normal(seed, [3, 3, 3, channels], 0.3),
      depth: normal(seed + 1, [3, 3, channels, 1], 0.3),
      point: normal(seed + 2, [1, 1, channels, channels], 0.3),
      dense: normal(seed + 3, [numPooled, 5]),
      bias: normal(seed + 4, [5]),
    },
    inputs: { images: { dtype: 'uint8', shape: [batch, sizePx, sizePx, 3] } },
    run: (state, { images }) => {
      const x = tf.sub<tf.Tensor4D>(tf.div(tf.cast(images!, 'float32'), 127.5), 1);
      const numImages = x.shape[0];
      let y = tf.relu(tf.conv2d(x, state.filter as tf.Tensor4D, stride, pad));
      y = tf.relu6(tf.depthwiseConv2d(y, state.depth as tf.Tensor4D, 1, 'same'));
      y = tf.add(y, tf.conv2d(y, state.point as tf.Tensor4D, 1, 'same'));
      y = tf.maxPool(
        tf.pad(y, [
          [0, 0],
          [1, 0],
          [0, 1],
          [0, 0],
        ]),
        2,
        2,
        'same',
      );
      const pooled = tf.mean<tf.Tensor2D>(y, [1, 2]);
      const logits = tf.add<tf.Tensor2D>(tf.matMul(pooled, state.dense as tf.Tensor2D), state.bias!);
      const probabilities = tf.softmax(logits);
      const rows = tf.reshape(y, [numImages * y.shape[1] * y.shape[2], channels]);
      return {
        state: {},
        outputs: {
          probabilities,
          logProbabilities: tf.logSoftmax(logits),
          best: tf.argMax(logits, 1),
          average: tf.mean(probabilities, 0),
          largest: tf.max(rows, 0),
          flat: tf.reshape(y, [numImages, -1]),
          halves: tf.concat(tf.split(logits, [2, 3], 1).reverse(), 1),
          normalised: tf.div(pooled, tf.add(tf.norm(pooled, 2, 1, true), 1e-6)),
          transposed: tf.transpose(logits),
        },
      };
    },
  };
}

const sizes: fc.Arbitrary<Sizes> = fc.record({
  sizePx: fc.integer({ min: 5, max: 11 }),
  channels: fc.constantFrom(4, 8, 16),
  stride: fc.constantFrom(1, 2),
  pad: fc.constantFrom('same', 'valid'),
  seed: fc.integer({ min: 1, max: 1000 }),
});

describe('a program with a variable batch', () => {
  it('gives what fixed batches give, of any size', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 2 }), async (size, batches) => {
        const session = await compiled.load(classifier(null, size));
        for (const batch of batches) {
          const inputs = { images: integers(batch, [batch, size.sizePx, size.sizePx, 3], 0, 256, 'uint8') };
          const fixed = await (await compiled.load(classifier(batch, size))).run(inputs);
          const reference = await (await eager.load(classifier(batch, size))).run(inputs);
          const varying = await session.run(inputs);
          expectAgreement(varying, fixed, 1e-6, `batch ${batch}`);
          expectAgreement(varying, reference, 1e-5, `batch ${batch} against the cpu backend`);
        }
        await session.dispose();
      }),
      { seed: 11, numRuns: 8 },
    );
  });

  it('takes more rows than the number that stands for any batch', async () => {
    const program: Program = {
      name: 'dense',
      state: { dense: normal(1, [4, 3]) },
      inputs: { x: { dtype: 'float32', shape: [null, 4] } },
      run: (state, { x }) => {
        const y = tf.matMul(x as tf.Tensor2D, state.dense as tf.Tensor2D);
        return { state: {}, outputs: { y: tf.softmax(y), column: tf.slice(y, [0, 1], [-1, 1]), mean: tf.mean(y, 0) } };
      },
    };
    const inputs = { x: normal(2, [8000, 4]) };
    expectAgreement(await (await compiled.load(program)).run(inputs), await (await eager.load(program)).run(inputs), 1e-5, 'dense');
  });

  it.each([
    ['two dimensions of', (x: tf.Tensor) => tf.reshape(tf.matMul(x, x, false, true), [x.shape[0], 1, x.shape[0]])],
    ['depends on the batch size', (x: tf.Tensor) => tf.concat([x, tf.ones([x.shape[0], 1])], 1)],
    ['range over the batch', (x: tf.Tensor) => tf.add(x, tf.reshape(tf.range(0, x.shape[0]), [-1, 1]))],
    ['variable batch', (x: tf.Tensor) => tf.reverse(x, 0)],
    ['gradient of a mean', (x: tf.Tensor) => tf.grad((v: tf.Tensor) => tf.mean(tf.square(v)))(x)],
    ['gradient of a mean', (x: tf.Tensor) => tf.div(tf.sum(x, 0), x.shape[0])],
  ])('is refused where it says "%s"', (message, run) => {
    const program: Program = {
      name: 'refused',
      state: {},
      inputs: { x: { dtype: 'float32', shape: [null, 4] } },
      run: (_, { x }) => ({ state: {}, outputs: { y: run(x!) } }),
    };
    expect(() => compileProgram(program, 0)).toThrow(message);
  });
});

describe('compileProgram', () => {
  const inputs: HostTensors = { x: normal(1, [2, 3]) };
  const program: Program = {
    name: 'counter',
    state: { total: normal(2, [3]), scale: normal(3, [3]), bytes: integers(4, [3], 0, 256, 'uint8') },
    inputs: { x: { dtype: 'float32', shape: [2, 3] } },
    run: (state, { x }) => {
      const total = tf.add(state.total!, tf.sum(tf.mul(x!, state.scale!), 0));
      return { state: { total }, outputs: { y: tf.add(total, tf.cast(state.bytes!, 'float32')) } };
    },
  };

  it('carries what the program returns and folds the rest', async () => {
    const model = compileProgram(program, 0);
    expect(model.carried).toEqual(['total']);
    expect(model.outputs).toEqual(['y']);
    const [session, reference] = [await compiled.load(program), await eager.load(program)];
    for (let i = 0; i < 3; i++) expectAgreement(await session.run(inputs), await reference.run(inputs), 1e-6, `run ${i}`);
    const state = await session.readState();
    expect(Object.keys(state)).toEqual(['total']);
    expectAgreement(state, await reference.readState(), 1e-6, 'state');
  });

  it('does not depend on when it is called', () => {
    expect(compileProgram(program, 0).bytes).toEqual(compileProgram(program, 0).bytes);
  });

  it('computes repeated steps once', () => {
    const nodes = (run: (x: tf.Tensor) => tf.Tensor): number =>
      compileProgram(
        {
          name: 'repeats',
          state: {},
          inputs: { x: { dtype: 'float32', shape: [3] } },
          run: (_, { x }) => ({ state: {}, outputs: { y: run(x!) } }),
        },
        0,
      ).numNodes;
    expect(nodes((x) => tf.add(tf.exp(x), tf.exp(x)))).toBe(nodes((x) => tf.add(tf.exp(x), x)));
    expect(nodes((x) => tf.add(tf.leakyRelu(x, 0.1), tf.leakyRelu(x, 0.2)))).toBe(nodes((x) => tf.add(tf.exp(x), tf.sin(x))));
  });
});
