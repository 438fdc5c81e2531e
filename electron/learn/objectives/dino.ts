/**
 * DINO (Caron et al. 2021, arXiv 2104.14294): a student matches a slowly moving teacher's assignment of each image to learnt prototypes, from views of
 * other sizes. The teacher's outputs are centred, so that no prototype takes all images, and sharpened, so that not all get the same.
 */
import { entry, float32 } from '../host-tensor.ts';
import { streamRandom, streams } from '../random-streams.ts';
import type { Tensors } from '../../tensor/program.ts';
import { tf } from '../../tensor/tf.ts';
import { mlpForward, mlpInit, mlpSpecs, type HeadNorm } from './mlp.ts';
import type { Objective } from './objective.ts';
import { outputSpread } from './output-spread.ts';
import { unitRows } from './unit-rows.ts';
import { swapViews } from './view-pairs.ts';

export interface DinoOptions {
  readonly numFeatures: number;
  readonly headNorm: HeadNorm;
  readonly numHidden?: number;
  /** What the projection is narrowed to before the prototypes. */
  readonly numProjected?: number;
  /** 1,024 as LightlyTrain has it for fewer than 20,000 images; the paper has 65,536 for 1.3 million. */
  readonly numPrototypes?: number;
  readonly studentTemperature?: number;
  readonly teacherTemperature?: number;
  readonly centreMomentum?: number;
  /** Small views of each image beside the two large ones. */
  readonly numLocals?: number;
  /** Without it the method is known to collapse (figure 7); for tests of the collapse alarm. */
  readonly centres?: boolean;
}

/** The prototypes stay as they were drawn for this share of a run (section 3.1 has the first epoch; RECIPES caps it at a tenth). */
const frozenShare = 0.1;

/**
 * Cross-entropy (eq. 1 and 3) of softmax((teacher - centre) / Tt) of each large view and softmax(student / Ts) of every other view, the mean over
 * all pairs of views of an image. Prototypes are of length 1 (weight normalisation without a gain), as is the projection. The centre
 * is a moving average of the teacher's outputs (eq. 4).
 */
export function dino(options: DinoOptions): Objective {
  const { numFeatures, headNorm, numHidden = 1024, numProjected = 256, numPrototypes = 1024, numLocals = 4, centres = true } = options;
  const { studentTemperature = 0.1, teacherTemperature = 0.04, centreMomentum = 0.9 } = options;
  const size = { numIn: numFeatures, numHidden, numOut: numProjected };
  const shape = [numProjected, numPrototypes];
  const project = (heads: Tensors, features: tf.Tensor2D): tf.Tensor2D => unitRows(mlpForward('projector', heads, features, headNorm));
  const assign = (heads: Tensors, projection: tf.Tensor2D): tf.Tensor2D => {
    const weights = entry(heads, 'prototypes/weights');
    const lengths = tf.sqrt(tf.add(tf.sum(tf.square(weights), 0, true), 1e-12));
    return tf.matMul(projection, tf.div(weights, lengths));
  };
  return {
    name: 'dino',
    numViews: 2,
    ...(numLocals > 0 && { localViews: { count: numLocals, pxShare: 0.5, augmentation: { cropArea: [0.05, 0.25] } } }),
    classes: 'none',
    parts: { projector: mlpSpecs(size), prototypes: { weights: { shape, kind: 'weight' } } },
    targetParts: ['projector', 'prototypes'],
    chanceLoss: Math.log(numPrototypes),
    init(seed) {
      const random = streamRandom(seed, streams.heads, 1);
      return {
        ...mlpInit('projector', size, streamRandom(seed, streams.heads, 0)),
        'prototypes/weights': float32(
          shape,
          Float32Array.from({ length: numProjected * numPrototypes }, () => random.normal() / Math.sqrt(numProjected)),
        ),
      };
    },
    buffers: () => ({ centre: float32([1, numPrototypes], new Float32Array(numPrototypes)) }),
    schedule: (progress) => ({ rates: { prototypes: progress < frozenShare ? 0 : 1 } }),
    prepareTargets({ images, target, buffers }) {
      const outputs = assign(target.heads, project(target.heads, target.forward(images).features));
      const centre = entry(buffers, 'centre');
      const wanted = tf.softmax(tf.div(centres ? tf.sub(outputs, centre) : outputs, teacherTemperature));
      const next = tf.add(tf.mul(centre, centreMomentum), tf.mul(tf.mean(outputs, 0, true), 1 - centreMomentum));
      return { targets: { wanted }, buffers: { centre: next } };
    },
    loss({ images, locals, online, targets }) {
      const wanted = entry(targets, 'wanted') as tf.Tensor2D;
      const { features, statistics } = online.forward(images);
      const projection = project(online.heads, features);
      const large = tf.logSoftmax(tf.div(assign(online.heads, projection), studentTemperature));
      // Summed over the pairs of all images: the other large view, then the small ones with both large views.
      let total = tf.sum(tf.mul(swapViews(wanted), large));
      const numImages = wanted.shape[0] / 2;
      if (locals !== null) {
        const small = tf.logSoftmax(
          tf.div(assign(online.heads, project(online.heads, online.forward(locals).features)), studentTemperature),
        );
        const perImage = tf.sum(tf.reshape(small, [numImages, numLocals, numPrototypes]), 1);
        const ofBoth = tf.sum(tf.reshape(wanted, [numImages, 2, numPrototypes]), 1);
        total = tf.add(total, tf.sum(tf.mul(ofBoth, perImage)));
      }
      const numPairs = numImages * (2 + (locals === null ? 0 : 2 * numLocals));
      return { loss: tf.neg<tf.Scalar>(tf.div(total, numPairs)), statistics, metrics: { outputSpread: outputSpread(projection) } };
    },
  };
}
