/** Made-up content for the gallery. */
export const classNames = [
  'Daphnia',
  'Rotifer',
  'Diatom',
  'Cyclops nauplius',
  'Copepod',
  'Ciliate',
  'Dinoflagellate',
  'Detritus',
  'Air bubble',
] as const;

/** A falling, noisy curve of `n` points. */
export function curve(n: number, from: number, to: number, noise: number): Float32Array {
  return Float32Array.from(
    { length: n },
    (_, i) => to + (from - to) * Math.exp((-4 * i) / n) + noise * Math.sin(i * 12.9898) * Math.cos(i * 4.1414),
  );
}

export interface ClassScore {
  readonly name: string;
  readonly precision: number;
  readonly recall: number | null;
  readonly labels: number;
}

export const scores: readonly ClassScore[] = classNames.map((name, i) => ({
  name,
  precision: 0.97 - 0.04 * i,
  recall: i === 7 ? null : 0.94 - 0.05 * ((i * 5) % 9),
  labels: 12 + ((i * 37) % 90),
}));
