/**
 * How to adapt, from what is known of the images, the network and the machine. Where published advice and our own measurements differ, ours
 * count: for one to five thousand images the advice is to train normalisation layers alone, but training every layer helped on all
 * four sets of 1,800 to 4,800 images that we measured.
 */
import type { AdaptMethod } from '../../learn/methods.ts';

export interface PlanFacts {
  readonly baseName: string;
  /** Whether the network starts from weights. */
  readonly isPretrained: boolean;
  /** What normalises the network: batch norm, another norm with parameters, or nothing. */
  readonly norm: 'batch' | 'other' | 'none';
  readonly numImages: number;
  /** The middle one of the images' shorter sides; null while unknown. */
  readonly sidePx: number | null;
  /** Whether the machine computes on a graphics processor. */
  readonly hasGpu: boolean;
  /** What was asked for, to be taken as given. */
  readonly method?: AdaptMethod | undefined;
  readonly px?: number | undefined;
}

export interface PlanChoice {
  readonly method: AdaptMethod;
  readonly px: number;
  readonly normOnly: boolean;
}

/** With fewer, training every layer fits the few images by heart (seen once: five points lost on a small set of video frames). */
export const fewImages = 1000;
/** Without weights, telling images apart one by one needs fewer of them than pairs of views do. */
const manyUntrained = 10_000;
/** Adapted small, embedded larger: 96 px on a processor made the most of ten minutes. */
const cpuPx = 96;
const gpuPx = 128;
const pxStep = 32;

function pxFor({ sidePx, hasGpu, px }: PlanFacts): number {
  if (px !== undefined) return px;
  const usual = hasGpu ? gpuPx : cpuPx;
  return sidePx === null ? usual : Math.min(usual, Math.max(pxStep, Math.round(sidePx / pxStep) * pxStep));
}

/** The method, the size and what is trained. */
export function choosePlan(facts: PlanFacts): PlanChoice {
  const { isPretrained, numImages, norm } = facts;
  const isFew = numImages < fewImages;
  const untrained = numImages < manyUntrained ? 'diet' : 'byol';
  return {
    method: facts.method ?? (isPretrained ? 'byol' : untrained),
    px: pxFor(facts),
    normOnly: isPretrained && isFew && norm !== 'none',
  };
}

/** Presentations after which our measurements showed most of the gain, on a processor: ten minutes at 66 images a second. */
const cpuPresentations = 40_000;
/** On a graphics processor: 125 looks at each image, between these (HPT: 1.28 million; small sets peak sooner). */
const looksPerImage = 125;
const gpuPresentations = [100_000, 1_280_000] as const;
const minutesRange = [5, 60] as const;
const usualMinutes = 10;

function presentationsFor({ hasGpu, numImages }: PlanFacts, normOnly: boolean): number {
  const all = hasGpu ? Math.min(gpuPresentations[1], Math.max(gpuPresentations[0], looksPerImage * numImages)) : cpuPresentations;
  return normOnly ? all / 2 : all;
}

/** Whole minutes at the speed measured here; a usual time while it is not. */
export function minutesFor(facts: PlanFacts, { normOnly }: PlanChoice, imagesPerSecond: number | null): number {
  if (imagesPerSecond === null) return normOnly ? minutesRange[0] : usualMinutes;
  const minutes = Math.round(presentationsFor(facts, normOnly) / imagesPerSecond / 60);
  return Math.min(minutesRange[1], Math.max(minutesRange[0], minutes));
}

/** One sentence: what decided. */
export function reasonFor(
  facts: PlanFacts,
  { normOnly, px }: PlanChoice,
  title: string,
  minutes: number,
  imagesPerSecond: number | null,
): string {
  const { baseName, numImages, isPretrained, sidePx } = facts;
  const images = `${numImages.toLocaleString('en')} ${numImages === 1 ? 'image' : 'images'}`;
  if (!isPretrained) {
    return `There are no pretrained weights here, so the network starts from nothing with ${title} on ${images}; add a weights file for a much better start.`;
  }
  const looks = imagesPerSecond === null || numImages === 0 ? null : Math.round((minutes * 60 * imagesPerSecond) / numImages);
  const speed =
    looks === null || imagesPerSecond === null
      ? ''
      : `, and at the ${Math.round(imagesPerSecond)} images a second measured here ${minutes} minutes show it each image ${looks < 1 ? 'less than once' : `about ${looks.toLocaleString('en')} ${looks === 1 ? 'time' : 'times'}`}`;
  const size = sidePx !== null && px < cpuPx ? `; ${px} px suit images of ${sidePx} px` : '';
  if (normOnly) {
    return `With only ${images}, ${baseName} is adjusted gently: ${title} trains its normalisation layers alone, which cannot learn so few images by heart${size}${speed}.`;
  }
  return `${baseName} is pretrained, and training all its layers with ${title} is what helped most on image sets of this kind that we measured, ${images} being enough for it${size}${speed}.`;
}
