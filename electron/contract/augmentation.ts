/** How images may be altered while a network adapts to them, as a person chooses it: a kind of images, and what to change about it. */
import { z } from 'zod';

export const augmentationPresetNames = ['microscopy', 'photos', 'industrial', 'documents'] as const;
export type AugmentationPreset = (typeof augmentationPresetNames)[number];

export const cropStrengths = ['gentle', 'usual', 'strong'] as const;
export type CropStrength = (typeof cropStrengths)[number];

/** What can be switched on and off; what a preset does by itself is left out. */
export const augmentationToggles = ['flips', 'turns', 'colour', 'grey', 'blur'] as const;
export type AugmentationToggle = (typeof augmentationToggles)[number];

const toggle = z.boolean().optional();

export const augmentationChoice = z.object({
  preset: z.enum(augmentationPresetNames),
  /** Mirrored left to right and, where images have no up, top to bottom. */
  flips: toggle,
  /** Turned by quarters. */
  turns: toggle,
  /** Lighter, darker, paler, of another hue. */
  colour: toggle,
  /** Without any colour now and then. */
  grey: toggle,
  blur: toggle,
  crop: z.enum(cropStrengths).optional(),
});

export type AugmentationChoice = z.infer<typeof augmentationChoice>;
