/**
 * Self-supervision as an additional loss while learning from labels (Zhai et al. 2019, S4L, arXiv 1905.03670): the labelled images say what to tell
 * apart, all images keep the features general.
 */
import { AppError } from '../../contract/errors.ts';
import { tf } from '../../tensor/tf.ts';
import type { Branch, LossContext, Objective } from './objective.ts';

export interface AlongsideOptions {
  /** Learns from the labels of the first `numLabelled` images of every batch. */
  readonly supervised: Objective;
  /** Learns from all images of the batch; one without classes of its own. */
  readonly selfSupervised: Objective;
  /** Of the self-supervised loss; the other counts once. */
  readonly weight: number;
  readonly numLabelled: number;
}

const prefix = 'self-';

/**
 * supervised + weight * self-supervised (eq. 1), with one pass of the network for both: the labels are learnt on every view. Throws `AppError`
 * 'unsupported' for methods that need classes or views of another form.
 */
export function alongside({ supervised, selfSupervised, weight, numLabelled }: AlongsideOptions): Objective {
  if (selfSupervised.classes !== 'none' || selfSupervised.rows !== undefined) {
    throw new AppError(
      'unsupported',
      `${selfSupervised.name} cannot be learnt beside labels. Choose a method that compares views, such as BYOL.`,
    );
  }
  const { numViews } = selfSupervised;
  return {
    ...selfSupervised,
    name: `${supervised.name}+${selfSupervised.name}`,
    classes: 'label',
    parts: {
      ...supervised.parts,
      ...Object.fromEntries(Object.entries(selfSupervised.parts).map(([part, specs]) => [prefix + part, specs])),
    },
    init: (seed) => ({
      ...supervised.init(seed),
      ...Object.fromEntries(Object.entries(selfSupervised.init(seed)).map(([name, value]) => [prefix + name, value])),
    }),
    schedule: (progress, step) => {
      const { scalars = {}, rates = {} } = selfSupervised.schedule?.(progress, step) ?? {};
      const named = Object.entries(rates).map(([part, rate]): [string, number] => [part === 'backbone' ? part : prefix + part, rate]);
      return { scalars, rates: Object.fromEntries(named) };
    },
    targetParts: selfSupervised.targetParts?.map((part) => prefix + part) ?? null,
    prepareTargets:
      selfSupervised.prepareTargets &&
      ((context) => selfSupervised.prepareTargets?.({ ...context, target: own(context.target) }) ?? { targets: {} }),
    loss(context) {
      const online = once(context);
      const learnt = selfSupervised.loss({ ...context, online: own(online), classes: null });
      const labels = supervised.loss({
        ...context,
        online: { heads: context.online.heads, forward: () => firstRows(online, context, numLabelled * numViews) },
        classes: repeated(context, numLabelled, numViews),
      });
      return {
        loss: tf.add<tf.Scalar>(labels.loss, tf.mul(learnt.loss, weight)),
        statistics: learnt.statistics,
        metrics: { ...learnt.metrics, ...labels.metrics, labelLoss: labels.loss, selfLoss: learnt.loss },
      };
    },
    chanceLoss: undefined,
  };
}

/** The branch as the self-supervised method knows it: its parts by their own names. */
function own(branch: Branch): Branch {
  const heads = Object.entries(branch.heads).flatMap(([name, value]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
  );
  return { ...branch, heads: Object.fromEntries(heads) };
}

/** The online branch, whose pass over the views is made once. */
function once({ online, images }: LossContext): Branch {
  const result = online.forward(images);
  return { heads: online.heads, forward: (given) => (given === images ? result : online.forward(given)) };
}

function firstRows(online: Branch, { images }: LossContext, count: number): ReturnType<Branch['forward']> {
  const { features, ...rest } = online.forward(images);
  return { ...rest, features: tf.slice(features, [0, 0], [count, -1]) };
}

/** The first classes, each once per view: [numLabelled] -> [numLabelled * numViews]. */
function repeated({ classes }: LossContext, numLabelled: number, numViews: number): tf.Tensor1D | null {
  if (classes === null) return null;
  const first = tf.reshape(tf.slice(classes, [0], [numLabelled]), [numLabelled, 1]);
  return tf.reshape<tf.Rank.R1>(tf.tile(first, [1, numViews]), [numLabelled * numViews]);
}
