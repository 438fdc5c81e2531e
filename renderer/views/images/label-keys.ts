/** The classes' own keys, for the shortcuts' table knows only fixed ones. */
import type { ClassView } from '../../../electron/contract/domain.ts';

type Press = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>;

/** The class that a key assigns, or undefined. */
export function classForKey(classes: readonly ClassView[], event: Press): ClassView | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  return classes.find(({ key }) => key !== null && key.toLowerCase() === event.key.toLowerCase());
}
