/** What adaptation is worth trying on this project, and why. */
import type { AdaptPlan, BaseView } from '../../contract/domain.ts';
import { AppError } from '../../contract/errors.ts';
import { augmentationPresetNames, augmentationToggles } from '../../contract/augmentation.ts';
import { allOn, augmentationFor, togglesOf } from '../../learn/augmentation-presets.ts';
import { isAdaptMethod, methodOf, methods, type AdaptMethod } from '../../learn/methods.ts';
import { networkFor } from '../../nn/registry.ts';
import type { AppHost } from '../app-host.ts';
import { typicalSide } from '../classifiers/train-plan.ts';
import type { Device } from '../workspace.ts';
import { findBase, listBases } from './base-list.ts';
import { adaptMethodNames, adaptMethodViews } from './method-list.ts';
import { sourcesView } from './source-stages.ts';
import { choosePlan, minutesFor, reasonFor, type PlanFacts } from './plan-rules.ts';

export interface PlanRequest {
  readonly baseRef?: string | undefined;
  readonly method?: string | undefined;
  readonly px?: number | undefined;
}

/** The best compromise of speed and accuracy on a CPU first. */
const preferredArchs = ['mobilenet_v2', 'mobilenet_v2_gluon', 'resnet18', 'resnet50v2s3', 'mobilenet_v2_035_teachable', 'squeezenet1_1'];

function preferredBase(bases: readonly BaseView[]): BaseView {
  const pretrained = bases.filter((base) => base.origin === 'file');
  const rank = ({ arch }: BaseView): number => (preferredArchs.includes(arch) ? preferredArchs.indexOf(arch) : preferredArchs.length);
  const best = [...pretrained].sort((a, b) => rank(a) - rank(b))[0] ?? bases.find((base) => base.ref === 'scratch:resnet18');
  if (best === undefined) throw new AppError('internal', 'There is no network to start from.');
  return best;
}

function normOf(arch: string): PlanFacts['norm'] {
  const kinds = new Set(Object.values(networkFor(arch).parameters).map(({ kind }) => kind));
  if (kinds.has('statistic')) return 'batch';
  return kinds.has('norm') ? 'other' : 'none';
}

const cpuDevices: ReadonlySet<Device> = new Set(['cpu']);

/** What may be altered by each kind of augmentation, for a method whose views must not be altered in every way. */
function augmentationViews(method: AdaptMethod): AdaptPlan['augmentations'] {
  const own = methodOf(method).settings.augmentation;
  return augmentationPresetNames.map((preset) => {
    const everything = augmentationFor({ preset, ...allOn }, own);
    return {
      preset,
      toggles: togglesOf(augmentationFor({ preset }, own)),
      impossible: augmentationToggles.filter((toggle) => !togglesOf(everything)[toggle]),
    };
  });
}

/** The plan with what is asked for taken as given. Throws `invalid-input` for an unknown method, and what `findBase` throws. */
export function adaptPlan(host: AppHost, request: PlanRequest): AdaptPlan {
  const workspace = host.workspace();
  const { project } = workspace;
  const { nextId } = sourcesView(workspace);
  const chosenRef = request.baseRef ?? (nextId === null ? undefined : `model:${nextId}`);
  const base = chosenRef === undefined ? preferredBase(listBases(host)) : findBase(host, chosenRef);
  const asked = request.method;
  if (asked !== undefined && !isAdaptMethod(asked)) {
    throw new AppError('invalid-input', `There is no method ${asked}. Choose one of ${adaptMethodNames.join(', ')}.`);
  }
  const { numImages, sidePx } = host.memo('plan.images', ['images', 'sources'], () => {
    const held = new Set(project.splits.imageIds('audit', 'test'));
    return { numImages: project.images.usable().filter((id) => !held.has(id)).length, sidePx: typicalSide(workspace) };
  });
  const facts: PlanFacts = {
    baseName: base.name,
    isPretrained: base.origin !== 'scratch',
    norm: normOf(base.arch),
    numImages,
    sidePx,
    hasGpu: !cpuDevices.has(host.device),
    method: asked,
    px: request.px,
  };
  const choice = choosePlan(facts);
  const { method, px, normOnly } = choice;
  const imagesPerSecond = host.speeds.get({ arch: base.arch, method, px, device: host.device });
  const minutes = minutesFor(facts, choice, imagesPerSecond);
  return {
    baseRef: base.ref,
    method,
    minutes,
    px,
    normOnly,
    reason: reasonFor(facts, choice, methods[method].title, minutes, imagesPerSecond),
    methods: adaptMethodViews,
    augmentations: augmentationViews(method),
    imagesPerSecond,
    numImages,
  };
}
