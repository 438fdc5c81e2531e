/** What is said after images were labelled, with the way back. */
import { formatCount } from '../../lib/format.ts';
import { strings } from '../../lib/strings.ts';
import type { App } from '../../state/app.svelte.ts';

const t = strings.explore;

/** Says that images are labelled now, and offers to take it back. */
export function sayLabelled(app: App, count: number, className: string): void {
  app.toasts.show(t.labelledAs(formatCount(count), className), {
    tone: 'success',
    action: { label: strings.app.undo, onselect: () => void app.undo() },
  });
}
