/** Supervised training of the whole network with a linear head on standardised features. */
import type { ClassifierHead } from '../classifier.ts';
import { softCrossEntropy, type CrossEntropyOptions } from './cross-entropy.ts';
import { linearHead } from './linear-head.ts';
import type { Objective } from './objective.ts';

/** Cross-entropy of the labels, starting from `head`. */
export function classify(head: ClassifierHead, options: CrossEntropyOptions): Objective {
  const { parts, init, logits } = linearHead(head);
  return {
    name: 'classify',
    numViews: 1,
    classes: 'label',
    parts,
    targetParts: null,
    init,
    loss({ images, online, classes }) {
      const { features, statistics } = online.forward(images);
      const { loss, accuracy } = softCrossEntropy(logits(online.heads, features), classes, options);
      return { loss, statistics, metrics: { accuracy } };
    },
  };
}
