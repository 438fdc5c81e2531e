/** A rectangle in the viewport's px; a DOMRect is one. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export type Placement = 'bottom-start' | 'bottom-end' | 'bottom' | 'top-start' | 'top-end' | 'top' | 'right' | 'left';

const opposite = { bottom: 'top', top: 'bottom', left: 'right', right: 'left' } as const;

/**
 * Where something floating of `size` goes beside `anchor`: at the placement asked for, on the other side where that has more room, and always
 * inside the viewport.
 */
export function place(
  anchor: Box,
  size: { width: number; height: number },
  viewport: { width: number; height: number },
  placement: Placement,
  gap = 4,
  margin = 8,
): { left: number; top: number } {
  const [side, align = 'center'] = placement.split('-') as ['bottom' | 'top' | 'left' | 'right', 'start' | 'end' | undefined];
  const room = {
    top: anchor.top - gap - margin,
    bottom: viewport.height - anchor.top - anchor.height - gap - margin,
    left: anchor.left - gap - margin,
    right: viewport.width - anchor.left - anchor.width - gap - margin,
  };
  const needed = side === 'top' || side === 'bottom' ? size.height : size.width;
  const chosen = room[side] < needed && room[opposite[side]] > room[side] ? opposite[side] : side;

  const along = (start: number, length: number, own: number): number =>
    align === 'start' ? start : align === 'end' ? start + length - own : start + (length - own) / 2;
  let left = along(anchor.left, anchor.width, size.width);
  let top = along(anchor.top, anchor.height, size.height);
  if (chosen === 'bottom') top = anchor.top + anchor.height + gap;
  else if (chosen === 'top') top = anchor.top - gap - size.height;
  else if (chosen === 'right') left = anchor.left + anchor.width + gap;
  else left = anchor.left - gap - size.width;

  const inside = (value: number, own: number, whole: number): number => Math.round(Math.max(margin, Math.min(value, whole - own - margin)));
  return { left: inside(left, size.width, viewport.width), top: inside(top, size.height, viewport.height) };
}

/** Moves a shown, fixed element beside its anchor. */
export function moveBeside(element: HTMLElement, anchor: Box, placement: Placement, gap?: number): void {
  const viewport = { width: document.documentElement.clientWidth, height: window.innerHeight };
  const { left, top } = place(anchor, { width: element.offsetWidth, height: element.offsetHeight }, viewport, placement, gap);
  element.style.left = `${left}px`;
  element.style.top = `${top}px`;
}
