import { describe, expect, it } from 'vitest';
import { augmentationFor, kindPresets } from '../../../electron/learn/augmentation-presets.ts';
import { methods } from '../../../electron/learn/methods.ts';
import type { AugmentationPreset } from '../../../electron/contract/augmentation.ts';

const presets = Object.keys(kindPresets) as AugmentationPreset[];
const allOn = { flips: true, turns: true, colour: true, grey: true, blur: true } as const;

describe.each(presets)('what a pretext task asks about is never taken away, whatever is chosen for %s', (preset) => {
  it('rotation: views stay upright', () => {
    const { flipY, transpose } = augmentationFor({ preset, ...allOn }, methods.rotation.settings.augmentation);
    expect([flipY, transpose]).toEqual([0, 0]);
  });

  it('colourising: views keep their colours', () => {
    const { brightness, contrast, saturation, hue, grey } = augmentationFor({ preset, ...allOn }, methods.colourise.settings.augmentation);
    expect([brightness, contrast, saturation, hue, grey]).toEqual([0, 0, 0, 0, 0]);
  });

  it.each(['jigsaw', 'jigsaw-plus', 'restore', 'inpaint', 'denoise'] as const)('%s: grey is left to the task', (name) => {
    expect(augmentationFor({ preset, ...allOn }, methods[name].settings.augmentation).grey).toBe(0);
  });
});
