/** Every method of self-supervised adaptation: what it is called, its settings as measured to work, and its objective. */
import type { RunContext } from '../contract/progress.ts';
import type { Network } from '../nn/network.ts';
import type { Executor, HostTensors } from '../tensor/program.ts';
import { augmentationPresets, type AugmentationSettings } from './augment.ts';
import { byol } from './objectives/byol.ts';
import { diet } from './objectives/diet.ts';
import type { HeadNorm } from './objectives/mlp.ts';
import type { Objective } from './objectives/objective.ts';
import type { PixelSource } from './pixel-source.ts';

export interface AdaptSettings {
  readonly augmentation: AugmentationSettings;
  readonly backboneRate: number;
  readonly headRate: number;
  readonly weightDecay: number;
  readonly warmupSteps: number;
  /** The moving average's momentum at the start, where there is one; it ends at 1. */
  readonly targetMomentum: number;
  /** The widths of the heads' hidden layers, and of what they project to, where the method has such heads. */
  readonly numHidden: number;
  readonly numProjected: number;
  readonly clipNorm: number | null;
}

/** What a method's objective is made for. */
export interface ObjectiveSetup {
  readonly network: Network;
  /** Where the run starts. */
  readonly parameters: HostTensors;
  readonly settings: AdaptSettings;
  /** What normalises the heads: layer norm for a backbone without batch norm, as published for BiT's group norm. */
  readonly headNorm: HeadNorm;
  /** The images to adapt on, by index in the source. */
  readonly items: Int32Array;
  readonly source: PixelSource;
  readonly px: number;
  /** Images per step. */
  readonly batch: number;
  readonly executor: Executor;
  readonly seed: number;
  readonly ctx: RunContext;
}

export interface Method {
  readonly title: string;
  /** When to choose it, in plain words. */
  readonly description: string;
  readonly settings: AdaptSettings;
  /** May look at the images first, as a vocabulary needs; the same setup gives the same objective. */
  readonly objective: (setup: ObjectiveSetup) => Objective | Promise<Objective>;
}

const common = {
  augmentation: augmentationPresets.standard,
  backboneRate: 5e-4,
  headRate: 1e-3,
  weightDecay: 0.05,
  warmupSteps: 50,
  targetMomentum: 0.99,
  numHidden: 1024,
  numProjected: 256,
  clipNorm: null,
} satisfies AdaptSettings;

/** By name, the first choice first. */
export const methods = {
  byol: {
    title: 'BYOL',
    description:
      'Shows the network two altered views of each image and has it predict one from the other. The first choice: it helped on every set of ' +
      'images we measured, from some hundreds of images on.',
    settings: common,
    objective: ({ network, headNorm, settings: { numHidden, numProjected } }) =>
      byol({ numFeatures: network.numFeatures, headNorm, numHidden, numProjected }),
  },
  diet: {
    title: 'DIET',
    description:
      'Has the network tell every single image from all others. Simple, fast and steady with few images or starting without pretrained weights; ' +
      'slower to help where there are very many images.',
    settings: { ...common, augmentation: augmentationPresets.diet, headRate: 2e-3 },
    objective: ({ network, items }) => diet({ numFeatures: network.numFeatures, numImages: items.length, labelSmoothing: 0.3 }),
  },
} as const satisfies Record<string, Method>;

export type AdaptMethod = keyof typeof methods;

/** Every method's name, the first choice first. */
export const methodNames = Object.keys(methods) as [AdaptMethod, ...AdaptMethod[]];

/** Whether a name, of whatever origin, is that of a method. */
export function isAdaptMethod(name: string): name is AdaptMethod {
  return Object.hasOwn(methods, name);
}

/** A method by name, as what all of them are. */
export function methodOf(name: AdaptMethod): Method {
  return methods[name];
}
