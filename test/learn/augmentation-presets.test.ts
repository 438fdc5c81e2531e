import { describe, expect, it } from 'vitest';
import { augmentationPresetNames } from '../../electron/contract/augmentation.ts';
import { augmentationPresets, drawAugmentation } from '../../electron/learn/augment.ts';
import { augmentationFor, kindPresets, togglesOf } from '../../electron/learn/augmentation-presets.ts';
import { createRandom } from '../../electron/tensor/random.ts';

const { standard, diet } = augmentationPresets;

describe('augmentation for a kind of images', () => {
  it('is what was measured unless something is chosen', () => {
    expect(augmentationFor({ preset: 'microscopy' }, standard)).toEqual(standard);
  });

  it('never mirrors or turns writing, and keeps photographs upright', () => {
    const documents = augmentationFor({ preset: 'documents' }, standard);
    expect([documents.flipX, documents.flipY, documents.transpose]).toEqual([0, 0, 0]);
    const photos = augmentationFor({ preset: 'photos' }, standard);
    expect([photos.flipX, photos.flipY, photos.transpose]).toEqual([0.5, 0, 0]);
  });

  it('leaves the crop to the method where that is gentler, and to the person first', () => {
    expect(augmentationFor({ preset: 'microscopy' }, diet).cropArea).toEqual([0.25, 1]);
    expect(augmentationFor({ preset: 'documents' }, diet).cropArea).toEqual([0.5, 1]);
    expect(augmentationFor({ preset: 'microscopy', crop: 'gentle' }, diet).cropArea[0]).toBeGreaterThan(0.5);
    expect(augmentationFor({ preset: 'documents', crop: 'strong' }, diet).cropArea[0]).toBeLessThan(0.2);
  });

  it.each(augmentationPresetNames)('%s: every toggle switches what it names, and only that', (preset) => {
    const own = togglesOf(kindPresets[preset]);
    const plain = { flips: false, turns: false, colour: false, grey: false, blur: false } as const;
    const bare = augmentationFor({ preset, ...plain }, standard);
    expect([
      bare.flipX,
      bare.flipY,
      bare.transpose,
      bare.brightness,
      bare.contrast,
      bare.saturation,
      bare.hue,
      bare.grey,
      bare.blur,
    ]).toEqual(Array.from({ length: 9 }, () => 0));
    expect(augmentationFor({ preset, ...own }, standard)).toEqual(kindPresets[preset]);
    const only = (toggle: keyof typeof plain) => augmentationFor({ preset, ...plain, [toggle]: true }, standard);
    expect(only('flips').flipX).toBe(0.5);
    expect(only('flips').transpose).toBe(0);
    expect(only('turns')).toMatchObject({ transpose: 0.5, flipX: 0.5, flipY: 0.5, grey: 0 });
    expect(only('colour').brightness).toBeGreaterThan(0);
    expect(only('colour').blur).toBe(0);
    expect(only('grey').grey).toBe(0.2);
    expect(only('blur').blur).toBeGreaterThan(0);
  });

  it('never does what the method must not do, such as turning where the turn is to be told', () => {
    const rotation = { ...standard, flipY: 0, transpose: 0 };
    expect(augmentationFor({ preset: 'microscopy', turns: true }, rotation)).toMatchObject({ flipX: 0.5, flipY: 0, transpose: 0 });
    const colourless = { ...standard, brightness: 0, contrast: 0, saturation: 0, grey: 0 };
    expect(augmentationFor({ preset: 'photos' }, colourless)).toMatchObject({ brightness: 0, hue: 0, grey: 0, blur: 0.5 });
  });

  it('goes without turns where mirroring is switched off and turns are not asked for', () => {
    expect(augmentationFor({ preset: 'microscopy', flips: false }, standard)).toMatchObject({ flipX: 0, flipY: 0, transpose: 0 });
  });
});

it('changes light and colour in the share of views that it is told to', () => {
  const count = 4000;
  const settings = { ...kindPresets.photos, grey: 0 };
  const { colour, contrast } = drawAugmentation(createRandom(3), count, settings, { sourcePx: 32, targetPx: 16 });
  const isPlain = (row: number): boolean =>
    contrast!.data[row] === 1 &&
    Array.from({ length: 9 }, (_, i) => Math.abs(colour!.data[9 * row + i]! - (i % 4 === 0 ? 1 : 0))).every((gap) => gap < 1e-6);
  const share = Array.from({ length: count }, (_, row) => row).filter(isPlain).length / count;
  expect(share).toBeGreaterThan(0.17);
  expect(share).toBeLessThan(0.23);
});
