/** The methods of adaptation, for those who may not look into the learning parts. */
import { methodNames, methodOf } from '../../learn/methods.ts';
import type { AdaptMethod } from '../../learn/methods.ts';

export { isAdaptMethod, methodNames } from '../../learn/methods.ts';
export type { AdaptMethod } from '../../learn/methods.ts';

/** Those that learn from the images alone, the first choice first; the others need a teacher. */
export const adaptMethodNames: readonly AdaptMethod[] = methodNames.filter((name) => methodOf(name).needsTeacher !== true);
