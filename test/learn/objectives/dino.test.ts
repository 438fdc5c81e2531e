import { describe, expect, it } from 'vitest';
import { dino } from '../../../electron/learn/objectives/dino.ts';
import { mlpForward } from '../../../electron/learn/objectives/mlp.ts';
import { createRandom } from '../../../electron/tensor/random.ts';
import { tf } from '../../../electron/tensor/tf.ts';
import { expectGradient, inputsFor, network, runOnce, stepOf, tensorsOf } from '../objective-harness.ts';

const { numFeatures } = network;
const random = createRandom(9);
const small = { headNorm: 'layer', numHidden: 7, numProjected: 4, numPrototypes: 6 } as const;
const unit = (row: number[]): number[] => row.map((value) => value / Math.hypot(...row));
const softmax = (row: number[]): number[] => {
  const powers = row.map((value) => Math.exp(value - Math.max(...row)));
  return powers.map((power) => power / powers.reduce((sum, value) => sum + value, 0));
};

describe('dino', () => {
  it('has the gradient that finite differences show, in every group of parameters', async () => {
    await expectGradient(dino({ numFeatures, ...small, headNorm: 'batch', numLocals: 2 }), { progress: 0.5 });
    await expectGradient(dino({ numFeatures, ...small, numLocals: 0 }), { progress: 0.5 });
  });

  it('matches every view with the large views of its image but itself, centred and sharpened', async () => {
    await tf.setBackend('cpu');
    const [numLocals, numImages] = [3, 2];
    const objective = dino({ numFeatures: 5, ...small, numLocals, studentTemperature: 0.2, teacherTemperature: 0.1 });
    const heads = objective.init(1);
    const centre = Array.from({ length: 6 }, () => 0.3 * random.normal());
    const rows = Array.from({ length: numImages * (2 + numLocals) }, () => Array.from({ length: 5 }, () => random.normal()));
    const [loss, nextCentre] = tf.tidy((): [number, number[]] => {
      // A picture of one pixel stands for its row of features; the small views come after the large ones.
      const pictures = (from: number, count: number): tf.Tensor4D =>
        tf.tensor4d(Array.from({ length: count }, (_, i) => [[[from + i, 0, 0]]]));
      const images = pictures(0, 2 * numImages);
      const locals = pictures(2 * numImages, numLocals * numImages);
      const forward = (views: tf.Tensor4D) => ({
        features: tf.tensor2d([...views.dataSync()].filter((_, i) => i % 3 === 0).map((row) => rows[row]!)),
        maps: [],
        statistics: {},
      });
      const branch = { heads: tensorsOf(heads), forward };
      const context = { images, locals, draws: {}, scalars: {}, buffers: { centre: tf.tensor2d([centre]) }, rows: {} };
      const { targets, buffers } = objective.prepareTargets!({ ...context, target: branch });
      return [
        objective.loss({ ...context, online: branch, classes: null, targets }).loss.dataSync()[0]!,
        [...buffers!.centre!.dataSync<'float32'>()],
      ];
    });
    const weights = heads['prototypes/weights']!.data;
    const prototypes = Array.from({ length: 6 }, (_, k) => unit(Array.from({ length: 4 }, (__, j) => weights[j * 6 + k]!)));
    const outputs = tf
      .tidy(() => mlpForward('projector', tensorsOf(heads), tf.tensor2d(rows), 'layer').arraySync())
      .map(unit)
      .map((row) => prototypes.map((prototype) => prototype.reduce((sum, value, j) => sum + value * row[j]!, 0)));
    const wanted = (row: number): number[] => softmax(outputs[row]!.map((value, k) => (value - centre[k]!) / 0.1));
    const seen = (row: number): number[] => softmax(outputs[row]!.map((value) => value / 0.2));
    let [total, numPairs] = [0, 0];
    for (let image = 0; image < numImages; image++) {
      const large = [2 * image, 2 * image + 1];
      const locals = Array.from({ length: numLocals }, (_, l) => 2 * numImages + image * numLocals + l);
      for (const target of large)
        for (const view of [...large, ...locals]) {
          if (view === target) continue;
          total -= wanted(target).reduce((sum, share, k) => sum + share * Math.log(seen(view)[k]!), 0);
          numPairs += 1;
        }
    }
    expect(numPairs).toBe(numImages * (2 + 2 * numLocals));
    expect(loss).toBeCloseTo(total / numPairs, 4);
    const mean = centre.map((_, k) => outputs.slice(0, 4).reduce((sum, row) => sum + row[k]! / 4, 0));
    nextCentre.forEach((value, k) => expect(value).toBeCloseTo(0.9 * centre[k]! + 0.1 * mean[k]!, 5));
  });

  it('leaves its prototypes alone for the first tenth of a run', async () => {
    const step = stepOf(dino({ numFeatures, ...small, numLocals: 0 }));
    const moved = async (progress: number): Promise<boolean> => {
      const scalars = step.scalars({ step: 0, rateFactor: 1, targetMomentum: 0.9, progress });
      const { state } = await runOnce(step, { ...(await inputsFor(step, 'none', 1)), ...scalars });
      return state['prototypes.weight']!.data.join() !== step.program.state['prototypes.weight']!.data.join();
    };
    expect([await moved(0), await moved(0.05), await moved(0.2)]).toEqual([false, false, true]);
  });
});
