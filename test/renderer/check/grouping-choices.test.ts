import { expect, it } from 'vitest';
import type { GroupingsView } from '../../../electron/contract/domain.ts';
import { candidateOf, groupingChoices, ownPattern } from '../../../renderer/views/check/grouping-choices.ts';

const rule = { by: 'name', fields: 1 } as const;
const view: GroupingsView = { inUse: null, words: 'Only copies.', candidates: [{ rule, words: '8 videos', isProposed: true }] };

it('lists copies alone, what the names suggest, and an expression of one’s own', () => {
  const { inUse, options } = groupingChoices(view);
  expect(options.map(({ label }) => label)).toEqual([
    'Copies of an image only',
    '8 videos (proposed)',
    'What a pattern finds in the path…',
  ]);
  expect(options[0]!.value).toBe(inUse);
  expect(candidateOf(view, inUse, '')).toEqual({ rule: null });
  expect(candidateOf(view, options[1]!.value, '')).toEqual({ rule });
  expect(candidateOf(view, ownPattern, ' ')).toBeNull();
  expect(candidateOf(view, ownPattern, ' ^a ')).toEqual({ rule: { by: 'pattern', pattern: '^a' } });
});

it('keeps a grouping that is in use though the names do not suggest it', () => {
  const own = { by: 'pattern', pattern: '^site' } as const;
  const { inUse, options } = groupingChoices({ ...view, inUse: own, words: 'By the pattern ^site.' });
  expect(options.find(({ value }) => value === inUse)!.label).toBe('By the pattern ^site.');
  expect(candidateOf({ ...view, inUse: own }, inUse, '')).toEqual({ rule: own });
});
