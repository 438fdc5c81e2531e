/** How large and how solid dots are: fewer and larger when one is close, many and faint when one sees all of 100,000. */

export interface DotStyle {
  readonly radiusPx: number;
  readonly alpha: number;
  /** Typical distance between neighbours, px. */
  readonly spacingPx: number;
}

/** From the typical density, points per square unit, and the scale, px per unit. */
export function dotStyle(density: number, scale: number): DotStyle {
  const spacingPx = density > 0 ? scale / Math.sqrt(density) : 100;
  const radiusPx = Math.max(1.4, Math.min(6, 0.42 * spacingPx));
  // Dots on top of each other, on average; many faint ones still add up to a solid colour.
  const overlap = (Math.PI * radiusPx * radiusPx) / (spacingPx * spacingPx);
  const alpha = Math.max(0.16, Math.min(0.92, 0.92 / Math.sqrt(Math.max(1, overlap))));
  return { radiusPx, alpha, spacingPx };
}

/** How much pictures show, 0 to 1: they come in as neighbours move apart. */
export function pictureShare(spacingPx: number): number {
  return Math.max(0, Math.min(1, spacingPx - 8.5));
}

/** Side of a picture, px: grows as one comes closer. */
export function pictureSize(spacingPx: number): number {
  return Math.round(Math.max(34, Math.min(88, 26 + 1.1 * spacingPx)));
}
