import type { Attachment } from 'svelte/attachments';
import { keyLabels } from './keys.ts';
import { moveBeside, type Placement } from './position.ts';

export type TooltipPlacement = Extract<Placement, 'bottom' | 'top' | 'left' | 'right'>;

const showAfterMs = 450;

/** One element shows all tooltips: only one is ever visible, and thousands of cells may have one. */
let bubble: HTMLElement | null = null;

function bubbleElement(): HTMLElement {
  if (bubble?.isConnected) return bubble;
  bubble = document.createElement('div');
  bubble.className = 'tooltip';
  bubble.id = 'tooltip';
  bubble.role = 'tooltip';
  bubble.popover = 'manual';
  document.body.append(bubble);
  return bubble;
}

/**
 * `{@attach tooltip('Fit to window', { keys: '0' })}`: shown after a short rest of the pointer and at once on keyboard focus, hidden by Escape.
 * Where the text says more than the element's name, screen readers get it as the description.
 */
export function tooltip(
  text: string,
  { keys, placement = 'bottom' }: { keys?: string; placement?: TooltipPlacement } = {},
): Attachment<HTMLElement> {
  return (element) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let shown = false;
    const show = (): void => {
      if (text === '' || !element.isConnected) return;
      const target = bubbleElement();
      target.replaceChildren(text);
      for (const label of keys === undefined ? [] : keyLabels(keys)) {
        const cap = document.createElement('kbd');
        cap.textContent = label;
        target.append(cap);
      }
      target.showPopover();
      moveBeside(target, element.getBoundingClientRect(), placement, 6);
      if (element.ariaLabel !== text) element.setAttribute('aria-describedby', target.id);
      shown = true;
    };
    const hide = (): void => {
      clearTimeout(timer);
      if (!shown) return;
      shown = false;
      bubble?.hidePopover();
      element.removeAttribute('aria-describedby');
    };
    const controller = new AbortController();
    const listen = (name: string, handler: (event: Event) => void): void =>
      element.addEventListener(name, handler, { signal: controller.signal });
    listen('pointerenter', (event) => {
      if ((event as PointerEvent).pointerType === 'touch') return;
      clearTimeout(timer);
      timer = setTimeout(show, showAfterMs);
    });
    listen('pointerleave', hide);
    listen('pointerdown', hide);
    listen('focus', () => {
      // Not at once: the focus may come from a popover that is just being shown, and the browser refuses a second one meanwhile.
      if (element.matches(':focus-visible')) timer = setTimeout(show);
    });
    listen('blur', hide);
    listen('keydown', (event) => {
      if ((event as KeyboardEvent).key === 'Escape') hide();
    });
    return () => {
      controller.abort();
      hide();
    };
  };
}
