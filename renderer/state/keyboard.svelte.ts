/** Who listens to which shortcut at the moment. */
import { findShortcut, shortcuts } from '../lib/shortcuts.ts';
import type { ShortcutId, ShortcutScope } from '../lib/shortcuts.ts';

type Handler = (event: KeyboardEvent) => void;
type KeyHandlers = Partial<Record<ShortcutId, Handler>>;

interface Listener {
  readonly handlers: KeyHandlers;
  readonly scopes: ReadonlySet<ShortcutScope>;
  /** Asked before the table, for keys that are not in it, such as those of classes; true where it took the key. */
  readonly first: ((event: KeyboardEvent) => boolean) | undefined;
}

function isField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input:not([type=checkbox], [type=radio], [type=range]), textarea, select'))
  );
}

/** Whether the focused element acts on this key itself: a button on Enter and Space, a slider on arrows. */
function actsItself({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (key === 'Enter' || key === ' ') return target.matches('button, a[href], summary, [role=button], [role=menuitem], [role=tab], input');
  return key.startsWith('Arrow') && target.matches('input, [role=slider], [role=tab], [role=menuitem], [role=radio], [role=separator]');
}

export class Keyboard {
  readonly isMac: boolean;
  readonly #listeners: Listener[] = [];

  constructor(isMac: boolean) {
    this.isMac = isMac;
  }

  /** Listens on the window until the signal aborts. */
  start(target: Window, signal: AbortSignal): void {
    target.addEventListener('keydown', (event) => this.#press(event), { signal });
  }

  /** Handles these shortcuts, before whoever listened earlier; returns how to stop. Fits `$effect(() => keyboard.listen(...))`. */
  listen(handlers: KeyHandlers, first?: (event: KeyboardEvent) => boolean): () => void {
    const scopes = new Set((Object.keys(handlers) as ShortcutId[]).map((id) => shortcuts[id].scope));
    const listener = { handlers, scopes, first };
    this.#listeners.unshift(listener);
    return () => {
      const at = this.#listeners.indexOf(listener);
      if (at >= 0) this.#listeners.splice(at, 1);
    };
  }

  #press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    const isModified = event.ctrlKey || event.metaKey || event.altKey;
    if (isField(event.target) && (!isModified || ['z', 'y', 'a'].includes(event.key.toLowerCase()))) return;
    if (actsItself(event)) return;
    // A dialog is a world of its own.
    const isInDialog = document.querySelector('dialog:modal') !== null;
    for (const { handlers, scopes, first } of [...this.#listeners]) {
      if (isInDialog && !scopes.has('viewer')) continue;
      if (first?.(event) === true) return event.preventDefault();
      const id = findShortcut(event, [...scopes], this.isMac);
      const handler = id === null ? undefined : handlers[id];
      if (handler === undefined) continue;
      event.preventDefault();
      handler(event);
      return;
    }
  }
}
