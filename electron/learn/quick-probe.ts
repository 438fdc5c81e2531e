/** A linear probe fitted anew after every few labels, to choose the next ones by: no cross-validation, and fast at any number of images. */
import { AppError } from '../contract/errors.ts';
import { multiplyRows } from '../explore/products.ts';
import { continueFit, startFit } from './cross-validation.ts';
import { allRows } from './dense-products.ts';
import { featureDimension } from './probe.ts';
import { spanOf } from './feature-span.ts';

export interface QuickProbe {
  readonly numClasses: number;
  /** Probabilities [M, numClasses] for rows [M, D]; 0 for classes without labels. */
  readonly classify: (rows: Float32Array) => Float32Array;
}

/** On rows of length 1 the same as 100 on a thousand and more standardised features: the usual choice at about a hundred labels. */
const strength = 0.08;
/** Far coarser than a probe to be used needs, and enough to tell doubtful images from others. */
const tolerance = 1e-3;

/**
 * Softmax regression with a fixed strength on `rows` [N, D], which must be of length 1 about the mean of all images (`unitAboutMean`).
 * Throws `invalid-input` for what does not fit together and for fewer than two classes with labels.
 */
export function fitQuickProbe(rows: Float32Array, labels: Int32Array, numClasses: number): QuickProbe {
  const dim = featureDimension(rows, labels, numClasses);
  if (new Set(labels).size < 2) throw new AppError('invalid-input', 'Doubts need labels of at least two classes. Label more images.');
  const span = spanOf(Float64Array.from(rows), labels.length, dim);
  const fit = startFit(span, labels, allRows(labels.length), new Int32Array(0));
  continueFit(fit, { span, sampleWeights: new Float64Array(labels.length).fill(1) }, strength, tolerance);
  const numPresent = fit.classes.length;
  const weights = Float32Array.from(span.toFeatures(fit.parameters.subarray(0, numPresent * span.rank), numPresent));
  const bias = fit.parameters.subarray(numPresent * span.rank);
  return {
    numClasses,
    classify: (images) => {
      const logits = multiplyRows(images, weights, dim);
      const out = new Float32Array((images.length / dim) * numClasses);
      for (let i = 0; i < images.length / dim; i++) {
        let [most, sum] = [-Infinity, 0];
        for (let c = 0; c < numPresent; c++) most = Math.max(most, (logits[i * numPresent + c] as number) + (bias[c] as number));
        for (let c = 0; c < numPresent; c++) {
          const power = Math.exp((logits[i * numPresent + c] as number) + (bias[c] as number) - most);
          out[i * numClasses + (fit.classes[c] as number)] = power;
          sum += power;
        }
        for (let c = i * numClasses; c < (i + 1) * numClasses; c++) out[c] = (out[c] as number) / sum;
      }
      return out;
    },
  };
}
