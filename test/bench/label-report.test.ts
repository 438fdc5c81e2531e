import { describe, expect, it } from 'vitest';
import { adaptedFile } from './label-adaptation.ts';
import { armsOf, bestSize, chosenMargins } from './label-report.ts';
import type { ArmResult, FeatureArm } from './label-report.ts';

function result(features: FeatureArm, seed: number, accuracy: number): ArmResult {
  const common = { selection: 'random', classifier: 'probe', isFinetuned: false, weights: 'unadapted' } as const;
  return { features, ...common, seed, accuracy, macroF1: accuracy / 2, logLoss: 1 - accuracy, px: 64 + seed };
}

describe('armsOf', () => {
  it('averages over the seeds, with the spread that NumPy gives', () => {
    const [arm, other] = armsOf([result('unadapted', 0, 0.5), result('adapted', 0, 0.6), result('unadapted', 1, 0.7)]);
    expect(arm).toMatchObject({ features: 'unadapted', accuracy: 0.6, sd: 0.1, macro_f1: 0.3, log_loss: 0.4 });
    expect(arm).toMatchObject({ accuracies: [0.5, 0.7], px: [64, 65], num_finetuned: 0 });
    expect(other).toMatchObject({ features: 'adapted', accuracy: 0.6, sd: 0 });
  });
});

describe('chosenMargins', () => {
  it('holds the chosen features against the better of the two others', () => {
    const arms = armsOf([result('unadapted', 0, 0.7), result('adapted', 0, 0.6), result('chosen', 0, 0.69)]);
    expect(chosenMargins(arms)).toEqual([{ selection: 'random', classifier: 'probe', chosen_minus_better: -0.01 }]);
  });
});

describe('adaptedFile', () => {
  it('numbers the files only where there are several', () => {
    expect(adaptedFile('a/b.safetensors', 0, 1)).toBe('a/b.safetensors');
    expect(adaptedFile('a/b.safetensors', 1, 2)).toBe('a/b-1.safetensors');
  });
});

describe('bestSize', () => {
  it('gives the baseline the size that suits it, wherever it stands in the list', () => {
    expect(bestSize({ 96: 0.4, 160: 0.6, 224: 0.5 }, [96, 160, 224])).toBe(160);
    expect(bestSize({ 96: 0.4, 160: 0.4 }, [96, 160])).toBe(96);
  });
});
