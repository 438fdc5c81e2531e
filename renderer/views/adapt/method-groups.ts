/** The methods in the order in which to consider them. */
import type { AdaptMethodView } from '../../../electron/contract/domain.ts';

export interface MethodFamilyGroup {
  readonly family: AdaptMethodView['family'];
  readonly methods: readonly AdaptMethodView[];
}

export interface MethodGroups {
  readonly first: readonly AdaptMethodView[];
  /** The others by family; none is empty. */
  readonly more: readonly MethodFamilyGroup[];
}

const families = ['views', 'classes', 'pretext'] as const;

export function methodGroups(methods: readonly AdaptMethodView[]): MethodGroups {
  const others = methods.filter(({ isFirstChoice }) => !isFirstChoice);
  return {
    first: methods.filter(({ isFirstChoice }) => isFirstChoice),
    more: families
      .map((family) => ({ family, methods: others.filter((method) => method.family === family) }))
      .filter((group) => group.methods.length > 0),
  };
}
