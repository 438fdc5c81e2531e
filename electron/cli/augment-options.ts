/** Options that say how images may be altered while a network adapts to them. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { augmentationPresetNames, augmentationToggles, cropStrengths } from '../contract/augmentation.ts';
import type { AugmentationChoice, AugmentationPreset, AugmentationToggle, CropStrength } from '../contract/augmentation.ts';

export interface AugmentOptions extends Partial<Record<AugmentationToggle, boolean>> {
  readonly augment?: AugmentationPreset;
  readonly crop?: CropStrength;
}

const does: Readonly<Record<AugmentationToggle, string>> = {
  flips: 'mirror images',
  turns: 'turn images by quarters, which mirrors them, too',
  colour: 'change light and colour',
  grey: 'take all colour away now and then',
  blur: 'soften images',
};

/** Adds `--augment`, `--crop` and a pair of options for each toggle. */
export function addAugmentOptions(command: Command): Command {
  command
    .addOption(
      new Option('--augment <kind>', 'alter images as suits this kind of images (default: as the method does by itself)').choices(
        augmentationPresetNames,
      ),
    )
    .addOption(new Option('--crop <strength>', 'how much a crop may leave out').choices(cropStrengths));
  for (const toggle of augmentationToggles) {
    command.option(`--${toggle}`, `${does[toggle]}, whatever the kind`).option(`--no-${toggle}`, 'do not');
  }
  return command;
}

/** What was asked for; null where nothing was. Toggles alone change what suits images without an up. */
export function augmentationOf({ augment, crop, ...options }: AugmentOptions): AugmentationChoice | null {
  const toggles = augmentationToggles.flatMap((toggle) => (options[toggle] === undefined ? [] : [[toggle, options[toggle]] as const]));
  if (augment === undefined && crop === undefined && toggles.length === 0) return null;
  return { preset: augment ?? 'microscopy', ...Object.fromEntries(toggles), ...(crop !== undefined && { crop }) };
}
