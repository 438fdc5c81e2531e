/** What tells the classifiers of a project apart in a list. */
import type { ModelView } from '../../electron/contract/domain.ts';
import { formatAgo } from '../lib/format.ts';

/** Choices, the newest first: two that learnt from as many labels have the same name, so each says when it was made. */
export function classifierChoices(models: readonly ModelView[]): { readonly value: string; readonly label: string }[] {
  return models
    .filter(({ kind }) => kind === 'classifier')
    .toReversed()
    .map(({ id, name, createdAt }) => ({ value: String(id), label: `${formatAgo(createdAt)}: ${name}` }));
}
