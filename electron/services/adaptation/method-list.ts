/** The methods of adaptation, for those who may not look into the learning parts. */
export { isAdaptMethod, methodNames } from '../../learn/methods.ts';
export type { AdaptMethod } from '../../learn/methods.ts';
