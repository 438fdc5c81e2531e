/** What a training objective is. A new method is one file that makes one of these, and one row in the table of methods. */
import type { ForwardResult, ParameterSpec } from '../../nn/network.ts';
import type { HostTensors, Tensors } from '../../tensor/program.ts';
import type { tf } from '../../tensor/tf.ts';

/** The backbone with one set of parameters; `heads` are the objective's own, by part and name: `projector/weights`. */
export interface Branch {
  readonly heads: Tensors;
  forward(images: tf.Tensor4D): ForwardResult;
}

export interface TargetContext {
  /** [B * V, P, P, 3] in [0, 1]; row b * V + v is view v of image b. */
  readonly images: tf.Tensor4D;
  /** The moving average of the network and of the parts that `targetParts` names. */
  readonly target: Branch;
}

export interface LossContext {
  readonly images: tf.Tensor4D;
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

export interface Objective {
  readonly name: string;
  readonly numViews: number;
  /** What the class of an image is: nothing, its own index, or its label. */
  readonly classes: 'none' | 'index' | 'label';
  /** The extra parameters by part, each part by name. */
  readonly parts: Readonly<Record<string, Readonly<Record<string, ParameterSpec>>>>;
  /** Initial values by `part/name`. */
  init(seed: number): HostTensors;
  /** The parts that have a moving average; null when there is no target network at all. */
  readonly targetParts: readonly string[] | null;
  /** Computed without gradient, before `loss`. */
  prepareTargets?(context: TargetContext): Tensors;
  /** Runs under differentiation with respect to the trained parameters in `online`. */
  loss(context: LossContext): LossResult;
}
