import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import type { AugmentationChoice } from '../../electron/contract/augmentation.ts';
import { addAugmentOptions, augmentationOf } from '../../electron/cli/augment-options.ts';

function asked(...args: string[]): AugmentationChoice | null {
  const command = addAugmentOptions(new Command().exitOverride().configureOutput({ writeErr: () => undefined }));
  command.parse(args, { from: 'user' });
  return augmentationOf(command.opts());
}

describe('options of augmentation', () => {
  it('leave it to the method where nothing is said', () => {
    expect(asked()).toBeNull();
  });
  it('name a kind of images and what to change about it', () => {
    expect(asked('--augment', 'documents')).toEqual({ preset: 'documents' });
    expect(asked('--augment', 'photos', '--no-colour', '--turns', '--crop', 'gentle')).toEqual({
      preset: 'photos',
      colour: false,
      turns: true,
      crop: 'gentle',
    });
    expect(asked('--no-grey')).toEqual({ preset: 'microscopy', grey: false });
  });
  it('refuse other kinds', () => {
    expect(() => asked('--augment', 'paintings')).toThrow(/microscopy/);
  });
});
