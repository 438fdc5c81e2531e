/** From what a person says of the images to how they are altered. */
import type { AugmentationChoice, AugmentationPreset, AugmentationToggle, CropStrength } from '../contract/augmentation.ts';
import { augmentationPresets, type AugmentationSettings } from './augment.ts';

const { standard } = augmentationPresets;

/**
 * `microscopy` (and aerial views) is the preset that our measurements were made with; published advice for such images crops and recolours
 * less, but on four sets of images ours helped. `photos` is MoCo-v2's recipe (Chen et al. 2020, arXiv 2003.04297). `industrial` varies the light
 * rather than the hue, since defects are told by texture under changing lamps. `documents` are never mirrored, since writing is not.
 */
export const kindPresets: Readonly<Record<AugmentationPreset, AugmentationSettings>> = {
  microscopy: standard,
  photos: {
    ...standard,
    flipY: 0,
    transpose: 0,
    colourShare: 0.8,
    brightness: 0.4,
    contrast: 0.4,
    saturation: 0.4,
    hue: 0.1,
    blur: 0.5,
  },
  industrial: { ...standard, cropArea: [0.3, 1], brightness: 0.4, contrast: 0.4, saturation: 0.1, grey: 0.2, blur: 0.2 },
  documents: {
    ...standard,
    cropArea: [0.5, 1],
    cropRatio: [4 / 5, 5 / 4],
    flipX: 0,
    flipY: 0,
    transpose: 0,
    brightness: 0.3,
    contrast: 0.3,
    saturation: 0.2,
    grey: 0.2,
    blur: 0.3,
  },
};

/** What a toggle sets where it is switched on in a preset that does without. */
const whenOn: Readonly<Record<AugmentationToggle, Partial<AugmentationSettings>>> = {
  flips: { flipX: 0.5 },
  turns: { transpose: 0.5, flipX: 0.5, flipY: 0.5 },
  colour: { colourShare: 1, brightness: 0.2, contrast: 0.2, saturation: 0.2 },
  grey: { grey: 0.2 },
  blur: { blur: 0.5 },
};

const whenOff: Readonly<Record<AugmentationToggle, Partial<AugmentationSettings>>> = {
  flips: { flipX: 0, flipY: 0, transpose: 0 },
  turns: { transpose: 0 },
  colour: { brightness: 0, contrast: 0, saturation: 0, hue: 0 },
  grey: { grey: 0 },
  blur: { blur: 0 },
};

const isOn: Readonly<Record<AugmentationToggle, (settings: AugmentationSettings) => boolean>> = {
  flips: ({ flipX, flipY }) => flipX > 0 || flipY > 0,
  turns: ({ transpose }) => transpose > 0,
  colour: ({ brightness, contrast, saturation, hue }) => brightness + contrast + saturation + hue > 0,
  grey: ({ grey }) => grey > 0,
  blur: ({ blur }) => blur > 0,
};

/** A quarter turn is drawn as a transposition and a mirroring, so that turns bring mirror images along; hence they come last, and go with the flips. */
const order: readonly AugmentationToggle[] = ['flips', 'colour', 'grey', 'blur', 'turns'];

const leastArea: Readonly<Record<CropStrength, number | null>> = { gentle: 0.6, usual: null, strong: 0.08 };

/** Which of the toggles settings amount to. */
export function togglesOf(settings: AugmentationSettings): Readonly<Record<AugmentationToggle, boolean>> {
  return {
    flips: isOn.flips(settings),
    turns: isOn.turns(settings),
    colour: isOn.colour(settings),
    grey: isOn.grey(settings),
    blur: isOn.blur(settings),
  };
}

/** Every toggle on. */
export const allOn: Readonly<Record<AugmentationToggle, true>> = { flips: true, turns: true, colour: true, grey: true, blur: true };

/**
 * The settings for a choice. A method that crops less than the preset does keeps doing so unless a crop was chosen. What a method never does stays
 * undone: where it is to tell how an image was turned, or what colour it had, its views must not be turned or recoloured.
 */
export function augmentationFor(choice: AugmentationChoice, method: AugmentationSettings): AugmentationSettings {
  const preset = kindPresets[choice.preset];
  let settings = preset;
  for (const toggle of order) {
    const wanted = choice[toggle];
    if (wanted === undefined || (toggle !== 'turns' && wanted === isOn[toggle](settings))) continue;
    settings = { ...settings, ...(wanted ? whenOn : whenOff)[toggle] };
  }
  const least = choice.crop === undefined ? null : leastArea[choice.crop];
  return {
    ...settings,
    cropArea: [least ?? Math.max(preset.cropArea[0], method.cropArea[0]), 1],
    ...(method.flipX === 0 && { flipX: 0 }),
    ...(method.flipY === 0 && { flipY: 0 }),
    ...(method.transpose === 0 && { transpose: 0 }),
    ...(method.grey === 0 && { grey: 0 }),
    ...(!isOn.colour(method) && whenOff.colour),
  };
}
