import { describe, expect, it } from 'vitest';
import { priorShift } from '../../electron/learn/class-priors.ts';
import { judgeViews } from '../../electron/learn/view-averaging.ts';
import { createRandom } from '../../electron/tensor/random.ts';

const dim = 6;
const numClasses = 3;

/** Features about a middle for each class, and other looks at the same images, with noise of their own. */
function looks(numImages: number, seed: number): { labels: Int32Array; look: (noise: number, seed: number) => Float32Array } {
  const random = createRandom(seed);
  const middles = Array.from({ length: numClasses * dim }, () => random.normal());
  const labels = Int32Array.from({ length: numImages }, (_, i) => i % numClasses);
  return {
    labels,
    look: (noise, lookSeed) => {
      const own = createRandom(lookSeed);
      return Float32Array.from({ length: numImages * dim }, (_, at) => {
        const label = labels[Math.floor(at / dim)]!;
        return middles[label * dim + (at % dim)]! + noise * own.normal();
      });
    },
  };
}

const common = { numClasses, strength: 1, seed: 3 };

describe('judgeViews', () => {
  const { labels, look } = looks(150, 1);
  const features = look(2.5, 2);

  it('finds that views with noise of their own help, that the same view does nothing, and that a blind one harms', async () => {
    const independent = [look(2.5, 4), look(2.5, 5), look(2.5, 6)];
    const blind = Float32Array.from(features, (_, at) => 4 * Math.sin(at * 1.7));
    const { verdicts, numImages, plainAccuracy } = await judgeViews({
      ...common,
      features,
      labels,
      reference: features,
      sets: [
        { name: 'independent', views: independent },
        { name: 'same', views: [features] },
        { name: 'blind', views: [blind, blind] },
      ],
    });
    expect(numImages).toBe(150);
    const [helps, same, harms] = verdicts;
    expect(helps!.outcome).toBe('helps');
    expect(helps!.accuracy).toBeGreaterThan(plainAccuracy);
    expect(helps!.accuracyDifference.estimate).toBeCloseTo(helps!.accuracy - plainAccuracy, 10);
    expect(same).toMatchObject({ outcome: 'no difference shown', accuracy: plainAccuracy });
    expect(same!.logLossDifference.estimate).toBeCloseTo(0, 6);
    expect(harms!.outcome).toBe('harms');
  });
});

describe('priorShift', () => {
  it('is nothing where the labels are as a random draw is, and where nothing was drawn', () => {
    for (const shift of priorShift([10, 30], [20, 60])) expect(shift).toBeCloseTo(0, 12);
    for (const shift of priorShift([10, 30], [0, 0])) expect(shift).toBeCloseTo(0, 12);
  });

  it('turns posteriors of even classes into those of uneven ones, as Bayes has it', () => {
    const shift = priorShift([500, 500], [9000, 1000]);
    // An image as likely from either class.
    const [a, b] = [Math.exp(shift[0]!), Math.exp(shift[1]!)];
    expect(a / (a + b)).toBeCloseTo(0.9, 3);
    expect(() => priorShift([3, 0], [1, 1])).toThrow(/with labels/);
  });
});
