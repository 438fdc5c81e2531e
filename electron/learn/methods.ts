/** Every method of self-supervised adaptation: what it is called, its settings as measured to work, and its objective. */
import { AppError } from '../contract/errors.ts';
import type { RunContext } from '../contract/progress.ts';
import type { Network } from '../nn/network.ts';
import type { Executor, HostTensors } from '../tensor/program.ts';
import { augmentationPresets, type AugmentationSettings } from './augment.ts';
import { barlow } from './objectives/barlow.ts';
import { bownetOf } from './objectives/bownet.ts';
import { byol } from './objectives/byol.ts';
import { colourise } from './objectives/colourise.ts';
import { denoise } from './objectives/denoise.ts';
import { diet } from './objectives/diet.ts';
import { dino } from './objectives/dino.ts';
import { distil } from './objectives/distil.ts';
import { inpaint } from './objectives/inpaint.ts';
import { jigsaw, numPermutationsFor } from './objectives/jigsaw.ts';
import type { HeadNorm } from './objectives/mlp.ts';
import { moco, queueLength } from './objectives/moco.ts';
import type { Objective } from './objectives/objective.ts';
import { obow, vocabularySize } from './objectives/obow.ts';
import { pseudoLabels } from './objectives/pseudo-labels.ts';
import { restore } from './objectives/restore.ts';
import { rotation } from './objectives/rotation.ts';
import { simclr } from './objectives/simclr.ts';
import { simsiam } from './objectives/simsiam.ts';
import { vicreg } from './objectives/vicreg.ts';
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
  /** Features by another network, [items, dim] in the order of the items; null where there is no teacher. */
  readonly teacher: TeacherFeatures | null;
}

export interface TeacherFeatures {
  readonly dim: number;
  readonly features: Float32Array;
}

/** What kind of exercise it is: views compared, classes of its own making told apart, a made-up task, or what another network sees. */
export type MethodFamily = 'views' | 'classes' | 'pretext' | 'transfer';

export interface Method {
  readonly family: MethodFamily;
  readonly title: string;
  /** When to choose it, in plain words. */
  readonly description: string;
  readonly settings: AdaptSettings;
  /** Whether it learns from another network of the project: knowledge transfer. */
  readonly needsTeacher?: boolean;
  /** Whether its loss cannot be added to that of labels, since it has classes or figures of its own for every image. */
  readonly standsAlone?: boolean;
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

/** What the teacher saw is of the whole image, so a view should still show most of it. */
const gentleCrops = { ...augmentationPresets.standard, cropArea: [0.5, 1] } satisfies AugmentationSettings;

/** Turned or upside down, an image would no longer tell how it was turned. */
const uprightViews = { ...augmentationPresets.standard, cropArea: [0.4, 1], flipY: 0, transpose: 0 } satisfies AugmentationSettings;

/** A puzzle should show most of the picture; the objective itself takes away colour and light. */
const puzzleViews = { ...augmentationPresets.standard, cropArea: [0.5, 1], grey: 0 } satisfies AugmentationSettings;

/** Colour is what is to be told. */
const trueColours = {
  ...augmentationPresets.standard,
  cropArea: [0.4, 1],
  brightness: 0,
  contrast: 0,
  saturation: 0,
  grey: 0,
} satisfies AugmentationSettings;

/** The objective itself spoils the view; what is to be restored has its colours. */
const spoiltViews = { ...augmentationPresets.standard, cropArea: [0.4, 1], grey: 0 } satisfies AugmentationSettings;

function puzzle({ network, headNorm, items, settings: { numHidden } }: ObjectiveSetup, maxForeign: number): Objective {
  const { numFeatures, mean, std, stages } = network;
  const reduction = stages.at(-1)?.reduction ?? 1;
  return jigsaw({ numFeatures, headNorm, mean, std, reduction, numHidden, maxForeign, numPermutations: numPermutationsFor(items.length) });
}

function teacherOf({ teacher }: ObjectiveSetup): { readonly teacher: Float32Array; readonly teacherDim: number } {
  if (teacher === null) throw new AppError('invalid-input', 'This method learns from another network. Say which model is the teacher.');
  return { teacher: teacher.features, teacherDim: teacher.dim };
}

/** By name, the first choice first. */
export const methods = {
  byol: {
    family: 'views',
    title: 'BYOL',
    description:
      'Shows the network two altered views of each image and has it predict one from the other. The first choice: given ten minutes it helped on all ' +
      'four sets of images we measured.',
    settings: common,
    objective: ({ network, headNorm, settings: { numHidden, numProjected } }) =>
      byol({ numFeatures: network.numFeatures, headNorm, numHidden, numProjected }),
  },
  diet: {
    family: 'classes',
    title: 'DIET',
    description:
      'Has the network tell every single image from all others. Simple, fast and steady with few images or starting without pretrained weights; ' +
      'slower to help where there are very many images.',
    settings: { ...common, augmentation: augmentationPresets.diet, headRate: 2e-3 },
    standsAlone: true,
    objective: ({ network, items }) => diet({ numFeatures: network.numFeatures, numImages: items.length, labelSmoothing: 0.3 }),
  },
  'diet-cp': {
    family: 'classes',
    title: 'DIET, head first',
    description:
      'DIET that leaves the network as it is for the first tenth, so that it learns no less from the last steps than from the first; then gently. For a ' +
      'few hundred to some thousand images and a network that is good already.',
    settings: { ...common, augmentation: augmentationPresets.diet, backboneRate: 2e-4, headRate: 2e-3 },
    standsAlone: true,
    objective: ({ network, items }) =>
      diet({ numFeatures: network.numFeatures, numImages: items.length, labelSmoothing: 0.3, headOnlyShare: 0.1 }),
  },
  simclr: {
    family: 'views',
    title: 'SimCLR',
    description:
      'Has the network find the other view of an image among the views of all images of a step. Clear and steady, but it learns from what is in one ' +
      'step: large batches suit it, and copies among your images confuse it.',
    settings: { ...common, numProjected: 128 },
    objective: ({ network, headNorm, batch, settings: { numHidden, numProjected } }) =>
      simclr({ numFeatures: network.numFeatures, headNorm, batch, numHidden, numProjected }),
  },
  moco: {
    family: 'views',
    title: 'MoCo v2',
    description:
      'Like SimCLR, but with a memory of many earlier images to compare with, so small batches do. The method of the study this app follows in its ' +
      'stages (HPT); proven on the most kinds of images.',
    settings: { ...common, numProjected: 128 },
    objective: ({ network, headNorm, batch, items, settings: { numHidden, numProjected } }) =>
      moco({ numFeatures: network.numFeatures, headNorm, batch, numQueued: queueLength(items.length, batch), numHidden, numProjected }),
  },
  dino: {
    family: 'classes',
    title: 'DINO',
    description:
      'Sorts images into many groups of its own making, and asks small cut-outs to end up where the whole image does. Good where what matters ' +
      'is a part of the picture; takes longer per image than BYOL.',
    settings: { ...common, clipNorm: 3 },
    objective: ({ network, headNorm, settings: { numHidden, numProjected } }) =>
      dino({ numFeatures: network.numFeatures, headNorm, numHidden, numProjected }),
  },
  obow: {
    family: 'classes',
    title: 'OBoW',
    description:
      'Keeps a changing vocabulary of details seen in your images, and has the network tell from a small cut-out which of them the whole image holds. ' +
      'Good for textures and scenes of many parts.',
    settings: common,
    objective: ({ network, headNorm, batch, items, settings: { numHidden } }) =>
      obow({ network, headNorm, batch, numWords: vocabularySize(items.length, batch), numHidden }),
  },
  simsiam: {
    family: 'views',
    title: 'SimSiam',
    description:
      'Like BYOL without a second network: faster per image, but it may settle on too few differences where images are few. The alarm then stops it.',
    settings: { ...common, numProjected: 1024 },
    objective: ({ network, headNorm, settings: { numHidden, numProjected } }) =>
      simsiam({ numFeatures: network.numFeatures, headNorm, numHidden, numProjected }),
  },
  vicreg: {
    family: 'views',
    title: 'VICReg',
    description:
      'Asks two views of an image to agree, every feature to vary, and no two features to say the same. Without a second network or negatives; wants ' +
      'batches of 64 and more.',
    settings: { ...common, numProjected: 512 },
    objective: ({ network, headNorm, settings: { numHidden, numProjected } }) =>
      vicreg({ numFeatures: network.numFeatures, headNorm, numHidden, numProjected }),
  },
  barlow: {
    family: 'views',
    title: 'Barlow Twins',
    description:
      'Like VICReg, by correlations over the images of a step: what two views say should agree, and no two features should say the same. Wants batches of ' +
      '64 and more.',
    settings: { ...common, numProjected: 512 },
    objective: ({ network, headNorm, settings: { numHidden, numProjected } }) =>
      barlow({ numFeatures: network.numFeatures, headNorm, numHidden, numProjected }),
  },
  distil: {
    family: 'transfer',
    title: 'Distillation',
    description:
      'Teaches a small network to see the likenesses between your images that a larger, adapted one sees. For a classifier that is to run on a ' +
      'phone, a camera or a slow computer.',
    settings: { ...common, augmentation: gentleCrops },
    needsTeacher: true,
    standsAlone: true,
    objective: (setup) => distil({ numFeatures: setup.network.numFeatures, ...teacherOf(setup) }),
  },
  'pseudo-labels': {
    family: 'transfer',
    title: 'Pseudo-labels',
    description:
      'Groups your images by what a larger, adapted network sees, and trains a small one to tell the groups apart. An older and coarser way to the ' +
      'same end as distillation; the small network may be of any kind and start from nothing.',
    settings: { ...common, augmentation: gentleCrops, headRate: 2e-3 },
    needsTeacher: true,
    standsAlone: true,
    objective: async (setup) =>
      pseudoLabels({ numFeatures: setup.network.numFeatures, ...teacherOf(setup), seed: setup.seed }, setup.executor, setup.ctx),
  },
  rotation: {
    family: 'pretext',
    title: 'Rotation',
    description:
      'Turns each image by a quarter, a half or three quarters, and has the network tell by how much. Only for images that have an up, as ' +
      'photographs do; useless for cells, surfaces and views from above.',
    settings: { ...common, augmentation: uprightViews },
    objective: ({ network, headNorm, settings: { numHidden } }) => rotation({ numFeatures: network.numFeatures, headNorm, numHidden }),
  },
  jigsaw: {
    family: 'pretext',
    title: 'Jigsaw',
    description:
      'Cuts each image into nine tiles, shuffles them and has the network tell how. Learns how parts belong together; mostly for a network that ' +
      'starts from nothing.',
    settings: { ...common, augmentation: puzzleViews },
    objective: (setup) => puzzle(setup, 0),
  },
  'jigsaw-plus': {
    family: 'pretext',
    title: 'Jigsaw++',
    description: 'The jigsaw made harder: up to two of the nine tiles are those of another image.',
    settings: { ...common, augmentation: puzzleViews },
    objective: (setup) => puzzle(setup, 2),
  },
  colourise: {
    family: 'pretext',
    title: 'Colourising',
    description:
      'Shows the network each image in grey and has it tell the colours. For a network that starts from nothing, on images whose colour goes with ' +
      'what they show; useless for grey images.',
    settings: { ...common, augmentation: trueColours },
    objective: ({ network, headNorm }) => colourise({ stages: network.stages, headNorm }),
  },
  restore: {
    family: 'pretext',
    title: 'Restoring',
    description:
      'Blurs parts of each image, takes away their colour, and has the network restore them. Mostly for a network that starts from nothing.',
    settings: { ...common, augmentation: spoiltViews },
    objective: ({ network, headNorm }) => restore({ stages: network.stages, headNorm, finestSkip: 4 }),
  },
  inpaint: {
    family: 'pretext',
    title: 'In-painting',
    description: 'Cuts holes into each image and has the network fill them in. Mostly for a network that starts from nothing.',
    settings: { ...common, augmentation: spoiltViews },
    objective: ({ network, headNorm }) => inpaint({ stages: network.stages, headNorm, mean: network.mean }),
  },
  denoise: {
    family: 'pretext',
    title: 'Denoising',
    description:
      'Adds noise to each image and has the network take it away: a denoising autoencoder. The oldest of these tasks; mostly for a ' +
      'network that starts from nothing.',
    settings: { ...common, augmentation: spoiltViews },
    objective: ({ network, headNorm }) => denoise({ stages: network.stages, headNorm }),
  },
  bownet: {
    family: 'classes',
    title: 'BoWNet',
    description:
      'Has the network tell, from an altered part of an image, which patterns it saw in the whole image when it started. It can only refine what the ' +
      'starting network sees, so it wants pretrained weights.',
    settings: { ...common, headRate: 2e-3 },
    standsAlone: true,
    objective: bownetOf,
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

/** What normalises heads on this network: the batch where the network does so itself, else each row. */
export function headNormOf(network: Network): HeadNorm {
  return Object.values(network.parameters).some(({ kind }) => kind === 'statistic') ? 'batch' : 'layer';
}
