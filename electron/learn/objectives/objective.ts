/** What a training objective is. A new method is one file that makes one of these, and one row in the table of methods. */
import type { ForwardResult, ParameterSpec } from '../../nn/network.ts';
import type { HostTensors, InputSpec, Tensors } from '../../tensor/program.ts';
import type { Random } from '../../tensor/random.ts';
import type { tf } from '../../tensor/tf.ts';
import type { AugmentationSettings } from '../augment.ts';

/** The backbone with one set of parameters; `heads` are the objective's own, by part and name: `projector/weights`. */
export interface Branch {
  readonly heads: Tensors;
  forward(images: tf.Tensor4D): ForwardResult;
}

/** What a step sees: the views, and the objective's own draws, figures and buffers. */
export interface StepContext {
  /** [B * V, P, P, 3] in [0, 1]; row b * V + v is view v of image b. */
  readonly images: tf.Tensor4D;
  /** The views of `localViews`, [B * L, Q, Q, 3] in the same order; null when the objective has none. */
  readonly locals: tf.Tensor4D | null;
  /** This step's random numbers, as `draws` made them. */
  readonly draws: Tensors;
  /** Scalars by name, as `schedule` gave them. */
  readonly scalars: Tensors;
  /** What the step before left, by name. */
  readonly buffers: Tensors;
  /** The batch's rows of the objective's `rows`, each [B, width]. */
  readonly rows: Tensors;
}

export interface TargetContext extends StepContext {
  /** The moving average of the network and of the parts that `targetParts` names; empty heads and the starting network without one. */
  readonly target: Branch;
}

export interface TargetResult {
  readonly targets: Tensors;
  /** All of the objective's buffers after this step; needed where it has any. */
  readonly buffers?: Tensors;
}

export interface LossContext extends StepContext {
  readonly online: Branch;
  /** One class per image, int32 [B]; present when `classes` is not 'none'. */
  readonly classes: tf.Tensor1D | null;
  /** What `prepareTargets` returned. */
  readonly targets: Tensors;
}

export interface LossResult {
  readonly loss: tf.Scalar;
  /** The backbone's running statistics after this batch. */
  readonly statistics: Tensors;
  /** Scalars to be shown beside the loss. */
  readonly metrics: Tensors;
}

/** More and smaller views of each image, as in multi-crop (Caron et al. 2020, arXiv 2006.09882). */
export interface LocalViews {
  /** Views of each image. */
  readonly count: number;
  /** Their side as a share of the run's, rounded to a multiple of 8. */
  readonly pxShare: number;
  /** In place of the run's own augmentation. */
  readonly augmentation: Partial<AugmentationSettings>;
}

/** Random numbers drawn on the host for every step, beside those of the views: which tile goes where, what is hidden. */
export interface ObjectiveDraws {
  /** For a batch of B images whose views are `px` large. */
  specs(batch: number, px: number): Readonly<Record<string, InputSpec>>;
  draw(random: Random, batch: number, px: number): HostTensors;
}

/** Figures of every image, [N, width] in the order of the run's images: what another network makes of them. */
export interface ImageRows {
  readonly width: number;
  readonly values: Float32Array;
}

/** What changes as a run proceeds. */
export interface ObjectiveSchedule {
  /** Scalars handed to the step, by name. */
  readonly scalars?: Readonly<Record<string, number>>;
  /** Factors on the learning rate by part, `backbone` being the network; 1 where none is given. */
  readonly rates?: Readonly<Record<string, number>>;
}

export interface Objective {
  readonly name: string;
  readonly numViews: number;
  readonly localViews?: LocalViews;
  /** What the class of an image is: nothing, its own index, or its label. */
  readonly classes: 'none' | 'index' | 'label';
  /** The labels, [N] in the order of the run's images, where the objective has made them itself. */
  readonly itemClasses?: Int32Array;
  /** The extra parameters by part, each part by name. */
  readonly parts: Readonly<Record<string, Readonly<Record<string, ParameterSpec>>>>;
  /** Initial values by `part/name`. */
  init(seed: number): HostTensors;
  /** Kept from step to step without a gradient, and set aside with a checkpoint: a queue, a centre. Initial values by name. */
  buffers?(seed: number): HostTensors;
  readonly draws?: ObjectiveDraws;
  readonly rows?: Readonly<Record<string, ImageRows>>;
  /** At `progress` in [0, 1] of the run, before step `step` (from 0). The names must be the same at every moment. */
  schedule?(progress: number, step: number): ObjectiveSchedule;
  /** The parts that have a moving average; null when there is no target network at all. */
  readonly targetParts: readonly string[] | null;
  /** Computed without gradient, before `loss`. */
  prepareTargets?(context: TargetContext): TargetResult;
  /** Runs under differentiation with respect to the trained parameters in `online`. */
  loss(context: LossContext): LossResult;
  /** The loss of a network that tells nothing apart, where there is such a figure: ln of the number of choices. */
  readonly chanceLoss?: number;
}
