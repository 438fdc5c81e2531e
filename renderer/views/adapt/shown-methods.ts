/** Which methods to show before all are asked for. */
import type { AdaptMethodView } from '../../../electron/contract/domain.ts';

const numUsual = 3;

/** The first few, which are those to try first, and the chosen one wherever it stands. All where that would hide only one. */
export function shownMethods(all: readonly AdaptMethodView[], chosen: string): readonly AdaptMethodView[] {
  const shown = all.filter(({ name }, i) => i < numUsual || name === chosen);
  return shown.length + 1 >= all.length ? all : shown;
}
