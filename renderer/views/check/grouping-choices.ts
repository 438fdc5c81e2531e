/** The groupings as a list to choose from. */
import type { GroupingsView, GroupRule } from '../../../electron/contract/domain.ts';
import { strings } from '../../lib/strings.ts';

/** The choice of typing an expression. */
export const ownPattern = 'pattern';
const none = 'none';

const keyOf = (rule: GroupRule | null): string => (rule === null ? none : JSON.stringify(rule));

/** What can be chosen, and which of it is in use. */
export function groupingChoices({ inUse, words, candidates }: GroupingsView): {
  readonly inUse: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
} {
  const t = strings.check.leaks;
  const listed = candidates.map(({ rule, words: label, isProposed }) => ({
    value: keyOf(rule),
    label: isProposed ? t.proposed(label) : label,
  }));
  const isListed = inUse === null || listed.some(({ value }) => value === keyOf(inUse));
  const own = isListed ? [] : [{ value: keyOf(inUse), label: words }];
  return {
    inUse: keyOf(inUse),
    options: [{ value: none, label: t.copiesOnly }, ...own, ...listed, { value: ownPattern, label: t.ownPattern }],
  };
}

/** The rule that a choice stands for; null while an expression is missing. */
export function candidateOf(
  { inUse, candidates }: GroupingsView,
  chosen: string,
  pattern: string,
): { readonly rule: GroupRule | null } | null {
  if (chosen === none) return { rule: null };
  if (chosen === ownPattern) return pattern.trim() === '' ? null : { rule: { by: 'pattern', pattern: pattern.trim() } };
  const rule = [inUse, ...candidates.map((each) => each.rule)].find((each) => each !== null && keyOf(each) === chosen);
  return rule === undefined ? null : { rule };
}
