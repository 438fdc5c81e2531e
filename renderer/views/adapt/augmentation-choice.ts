/** What is altered, and what follows from switching something. */
import { augmentationToggles } from '../../../electron/contract/augmentation.ts';
import type { AugmentationChoice, AugmentationPreset, AugmentationToggle } from '../../../electron/contract/augmentation.ts';
import type { AdaptPlan } from '../../../electron/contract/domain.ts';

type PresetView = AdaptPlan['augmentations'][number];

export interface ToggleState {
  readonly name: AugmentationToggle;
  readonly isOn: boolean;
  /** Whether the method rules it out. */
  readonly isImpossible: boolean;
}

/** What a method does by itself looks most like this kind. */
export const usualPreset: AugmentationPreset = 'microscopy';

/** The toggles as they stand: turning goes with mirroring unless it was asked for by itself. */
export function toggleStates(views: readonly PresetView[], choice: AugmentationChoice | null): ToggleState[] {
  const view = views.find(({ preset }) => preset === (choice?.preset ?? usualPreset));
  if (view === undefined) return [];
  return augmentationToggles.map((name) => {
    const isImpossible = view.impossible.includes(name);
    const chosen = choice?.[name] ?? (name === 'turns' && choice?.flips === false ? false : undefined);
    const bringsFlips = name === 'flips' && choice?.turns === true;
    return { name, isOn: !isImpossible && (bringsFlips || (chosen ?? view.toggles[name])), isImpossible };
  });
}

/** The choice after switching one thing; mirroring and turning take each other along. */
export function withToggle(choice: AugmentationChoice | null, name: AugmentationToggle, isOn: boolean): AugmentationChoice {
  const next = { ...(choice ?? { preset: usualPreset }), [name]: isOn };
  if (name === 'flips' && !isOn) return { ...next, turns: false };
  if (name === 'turns' && isOn) return { ...next, flips: true };
  return next;
}
