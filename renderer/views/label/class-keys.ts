/** Keys that assign classes: which may be taken, and what an event means. */
import type { ClassView } from '../../../electron/contract/domain.ts';
import { shortcuts } from '../../lib/shortcuts.ts';
import type { KeyPress, Shortcut } from '../../lib/shortcuts.ts';

/** Single characters that do something else while labelling, and what. */
const taken = new Map<string, string>(
  (Object.values(shortcuts) as Shortcut[])
    .filter(({ scope }) => scope === 'everywhere' || scope === 'label')
    .flatMap(({ keys, title }) => keys.filter((key) => key.length === 1).map((key) => [key.toLowerCase(), title] as const)),
);

export type KeyConflict = { readonly kind: 'shortcut'; readonly title: string } | { readonly kind: 'class'; readonly other: ClassView };

/** The character of a key press that could stand for a class; null for all others. */
export function characterOf({ key, ctrlKey, metaKey, altKey }: KeyPress): string | null {
  if (ctrlKey || metaKey || altKey || Array.from(key).length !== 1) return null;
  return key.toLowerCase();
}

/** What stands against giving a class this key; null where nothing does. */
export function conflictOf(character: string, classId: number, classes: readonly ClassView[]): KeyConflict | null {
  const title = taken.get(character);
  if (title !== undefined) return { kind: 'shortcut', title };
  const other = classes.find(({ id, key }) => id !== classId && key?.toLowerCase() === character);
  return other === undefined ? null : { kind: 'class', other };
}

/** The class that a key press assigns, or null. */
export function classForKey(event: KeyPress, classes: readonly ClassView[]): ClassView | null {
  const character = characterOf(event);
  if (character === null || taken.has(character)) return null;
  return classes.find(({ key }) => key?.toLowerCase() === character) ?? null;
}
