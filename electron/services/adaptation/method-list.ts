/** The methods of adaptation, for those who may not look into the learning parts. */
import type { AdaptMethodView } from '../../contract/domain.ts';
import { methodNames, methodOf } from '../../learn/methods.ts';
import type { AdaptMethod } from '../../learn/methods.ts';

export { isAdaptMethod, methodNames } from '../../learn/methods.ts';
export type { AdaptMethod } from '../../learn/methods.ts';

/** Those that learn from the images alone, the first choice first; the others need a teacher. */
export const adaptMethodNames: readonly AdaptMethod[] = methodNames.filter((name) => methodOf(name).needsTeacher !== true);

/** Those shown before the others: the default, and the two that ask least of a small folder. */
const firstChoices: readonly AdaptMethod[] = ['byol', 'diet', 'diet-cp'];

/** What can be chosen, as a person sees it. */
export const adaptMethodViews: readonly AdaptMethodView[] = adaptMethodNames.flatMap((name) => {
  const { title, description, family } = methodOf(name);
  return family === 'transfer' ? [] : [{ name, family, isFirstChoice: firstChoices.includes(name), title, description }];
});
