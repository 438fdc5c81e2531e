/** What adaptation is worth trying on this project, and why. */
import type { AdaptPlan, BaseView } from '../../contract/domain.ts';
import { AppError } from '../../contract/errors.ts';
import { isAdaptMethod, methodNames, methods, type AdaptMethod } from '../../learn/methods.ts';
import { networkFor } from '../../nn/registry.ts';
import { adaptDefaults } from './adapt-model.ts';
import type { AppHost } from '../app-host.ts';
import { findBase, listBases } from './base-list.ts';

export interface PlanRequest {
  readonly baseRef?: string | undefined;
  readonly method?: string | undefined;
  readonly px?: number | undefined;
}

/** With fewer, training every layer fits the few images by heart. */
const fewImages = 500;
/** Presentations after which our measurements showed most of the gain: ten minutes at 66 images a second. */
const usualPresentations = 40_000;
const minutesRange = [5, 60] as const;
const usualMinutes = 10;
/** The best compromise of speed and accuracy on a CPU first. */
const preferredArchs = ['mobilenet_v2', 'mobilenet_v2_gluon', 'resnet18', 'resnet50v2s3', 'mobilenet_v2_035_teachable', 'squeezenet1_1'];

function preferredBase(bases: readonly BaseView[]): BaseView {
  const pretrained = bases.filter((base) => base.origin === 'file');
  const rank = ({ arch }: BaseView): number => (preferredArchs.includes(arch) ? preferredArchs.indexOf(arch) : preferredArchs.length);
  const best = [...pretrained].sort((a, b) => rank(a) - rank(b))[0] ?? bases.find((base) => base.ref === 'scratch:resnet18');
  if (best === undefined) throw new AppError('internal', 'There is no network to start from.');
  return best;
}

function hasNorm(arch: string): boolean {
  return Object.values(networkFor(arch).parameters).some(({ kind }) => kind === 'norm');
}

function minutesFor(imagesPerSecond: number | null, normOnly: boolean): number {
  if (imagesPerSecond === null) return normOnly ? minutesRange[0] : usualMinutes;
  const minutes = Math.round(usualPresentations / (normOnly ? 2 : 1) / imagesPerSecond / 60);
  return Math.min(minutesRange[1], Math.max(minutesRange[0], minutes));
}

function reasonFor(base: BaseView, method: AdaptMethod, numImages: number, normOnly: boolean): string {
  const images = `${numImages.toLocaleString('en')} ${numImages === 1 ? 'image' : 'images'}`;
  const { title } = methods[method];
  if (base.origin === 'scratch') {
    return `There are no pretrained weights here, so the network starts from nothing with ${title} on ${images}; add a weights file for a much better start.`;
  }
  if (normOnly) {
    return `With only ${images}, ${base.name} is adjusted gently: ${title} trains its normalisation layers alone, which cannot learn so few images by heart.`;
  }
  return `${base.name} is pretrained, and ${title} on ${images} is what helped most on the image sets we measured.`;
}

/** The plan with what is asked for taken as given. Throws `invalid-input` for an unknown method, and what `findBase` throws. */
export function adaptPlan(host: AppHost, request: PlanRequest): AdaptPlan {
  const { project } = host.workspace();
  const base = request.baseRef === undefined ? preferredBase(listBases(host)) : findBase(host, request.baseRef);
  const wanted = request.method ?? (base.origin === 'scratch' ? 'diet' : 'byol');
  if (!isAdaptMethod(wanted)) {
    throw new AppError('invalid-input', `There is no method ${wanted}. Choose one of ${methodNames.join(', ')}.`);
  }
  const px = request.px ?? adaptDefaults.px;
  const numImages = host.memo('plan.images', ['images', 'sources'], () => {
    const held = new Set(project.splits.imageIds('audit', 'test'));
    return project.images.usable().filter((id) => !held.has(id)).length;
  });
  const normOnly = base.origin !== 'scratch' && numImages < fewImages && hasNorm(base.arch);
  const imagesPerSecond = host.speeds.get({ arch: base.arch, method: wanted, px, device: host.device });
  return {
    baseRef: base.ref,
    method: wanted,
    minutes: minutesFor(imagesPerSecond, normOnly),
    px,
    normOnly,
    reason: reasonFor(base, wanted, numImages, normOnly),
    methods: methodNames.map((name) => ({ name, title: methods[name].title, description: methods[name].description })),
    imagesPerSecond,
    numImages,
  };
}
