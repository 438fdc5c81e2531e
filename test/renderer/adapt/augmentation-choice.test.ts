import { describe, expect, it } from 'vitest';
import type { AugmentationChoice } from '../../../electron/contract/augmentation.ts';
import { toggleStates, withToggle } from '../../../renderer/views/adapt/augmentation-choice.ts';

const views = [
  { preset: 'microscopy', toggles: { flips: true, turns: true, colour: true, grey: true, blur: false }, impossible: ['grey'] },
  { preset: 'documents', toggles: { flips: false, turns: false, colour: true, grey: true, blur: true }, impossible: [] },
] as const;
const on = (choice: AugmentationChoice | null): string[] => toggleStates(views, choice).flatMap(({ name, isOn }) => (isOn ? [name] : []));

describe('what is altered', () => {
  it('is what the kind of images suggests, without what the method rules out', () => {
    expect(on(null)).toEqual(['flips', 'turns', 'colour']);
    expect(toggleStates(views, null).find(({ name }) => name === 'grey')).toEqual({ name: 'grey', isOn: false, isImpossible: true });
    expect(on({ preset: 'documents' })).toEqual(['colour', 'grey', 'blur']);
    expect(on({ preset: 'microscopy', grey: true, blur: true, colour: false })).toEqual(['flips', 'turns', 'blur']);
    expect(toggleStates([], null)).toEqual([]);
  });

  it('has no turns without mirroring', () => {
    expect(withToggle(null, 'flips', false)).toEqual({ preset: 'microscopy', flips: false, turns: false });
    expect(on(withToggle(null, 'flips', false))).toEqual(['colour']);
    expect(on({ preset: 'microscopy', flips: false })).toEqual(['colour']);
    expect(on(withToggle({ preset: 'documents' }, 'turns', true))).toEqual(['flips', 'turns', 'colour', 'grey', 'blur']);
    expect(withToggle({ preset: 'documents', crop: 'strong' }, 'blur', false)).toEqual({
      preset: 'documents',
      crop: 'strong',
      blur: false,
    });
  });
});
