/** The methods of adaptation, for those who may not look into the learning parts. */
import type { AdaptMethodView } from '../../contract/domain.ts';
import { isAdaptMethod, methodNames, methodOf } from '../../learn/methods.ts';
import type { AdaptMethod } from '../../learn/methods.ts';

export { isAdaptMethod, methodNames } from '../../learn/methods.ts';
export type { AdaptMethod } from '../../learn/methods.ts';

/** Those that learn from the images alone, the first choice first; the others need a teacher. */
export const adaptMethodNames: readonly AdaptMethod[] = methodNames.filter((name) => methodOf(name).needsTeacher !== true);

/** Those whose loss can be added to that of the labels while fine-tuning. */
export const besideMethodNames: readonly AdaptMethod[] = adaptMethodNames.filter((name) => methodOf(name).standsAlone !== true);

/** Whether a model made so has learnt from another network, hence is for a student alone. */
export function isTransfer(method: string): boolean {
  return isAdaptMethod(method) && methodOf(method).family === 'transfer';
}

/** Those shown before the others: the default, and the two that ask least of a small folder. */
const firstChoices: readonly AdaptMethod[] = ['byol', 'diet', 'diet-cp'];

/** What can be chosen, as a person sees it. */
export const adaptMethodViews: readonly AdaptMethodView[] = adaptMethodNames.flatMap((name) => {
  const { title, description, family } = methodOf(name);
  if (family === 'transfer') return [];
  const isFirstChoice = firstChoices.includes(name);
  return [{ name, family, isFirstChoice, canStandBesideLabels: besideMethodNames.includes(name), title, description }];
});
