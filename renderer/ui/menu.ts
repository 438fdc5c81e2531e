import type { Icon } from './icon.ts';

export interface MenuItem {
  readonly label: string;
  readonly icon?: Icon;
  /** A CSS colour, drawn as a spot where the icon would be: for classes. */
  readonly dot?: string;
  /** The shortcut that does the same. */
  readonly keys?: string;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  /** Makes it a choice that is on or off. */
  readonly checked?: boolean;
  readonly onselect: () => void;
}

/** A menu's content: items, lines between groups, and headings over them. */
export type MenuEntry = MenuItem | 'separator' | { readonly heading: string };

export function isItem(entry: MenuEntry): entry is MenuItem {
  return entry !== 'separator' && !('heading' in entry);
}

/** The index `step` items away from `from` that can be chosen, going round; -1 where none can. `from` may be -1 (before the first). */
export function nextItem(entries: readonly MenuEntry[], from: number, step: 1 | -1): number {
  for (let i = 1; i <= entries.length; i++) {
    const start = from < 0 && step < 0 ? entries.length : from;
    const at = (start + step * i + entries.length * 2) % entries.length;
    const entry = entries[at];
    if (entry !== undefined && isItem(entry) && entry.disabled !== true) return at;
  }
  return -1;
}

/** The next item after `from` whose label starts with `text`; -1 where none does. */
export function itemStartingWith(entries: readonly MenuEntry[], from: number, text: string): number {
  const wanted = text.toLowerCase();
  for (let i = 1; i <= entries.length; i++) {
    const at = (from + i + entries.length) % entries.length;
    const entry = entries[at];
    if (entry !== undefined && isItem(entry) && entry.disabled !== true && entry.label.toLowerCase().startsWith(wanted)) return at;
  }
  return -1;
}
