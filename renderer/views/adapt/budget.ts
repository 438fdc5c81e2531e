/** What a time is worth on this machine. */

/** Times offered, in minutes. */
export const budgetChoices = [5, 10, 20, 60] as const;

/** Image sizes offered, in px. */
export const sizeChoices = [64, 96, 128, 160, 224] as const;

/** How often each image is looked at; null while the speed is not known. */
export function presentationsPerImage(minutes: number | null, imagesPerSecond: number | null, numImages: number): number | null {
  if (minutes === null || imagesPerSecond === null || numImages <= 0) return null;
  return (minutes * 60 * imagesPerSecond) / numImages;
}

/** Times as people say them: two digits are enough for an estimate. */
export function roundedTimes(times: number): number {
  if (times < 10) return Math.round(times * 10) / 10;
  const unit = 10 ** (Math.floor(Math.log10(times)) - 1);
  return Math.round(times / unit) * unit;
}

/** Whether that is so little that little is learnt, or more than is of use. */
export function adviceOn(times: number | null): 'few' | 'many' | null {
  if (times === null) return null;
  if (times < 5) return 'few';
  return times > 1000 ? 'many' : null;
}
