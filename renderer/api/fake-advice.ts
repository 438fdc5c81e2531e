/** What the fake engine advises on further labels. */
import type { ClassView, LabelAdviceView, LabelReviewView, ReviewItem } from '../../electron/contract/domain.ts';

const law = (numLabels: number): number => 1 - 0.05 - 0.9 * numLabels ** -0.5;

/** A curve that still rises. */
export function fakeAdvice(classes: readonly ClassView[]): LabelAdviceView {
  const at = (numLabels: number, width: number): { estimate: number; low: number; high: number } => ({
    estimate: law(numLabels),
    low: law(numLabels) - width,
    high: law(numLabels) + width,
  });
  const sizes = [11, 17, 25, 36, 53, 77];
  return {
    modelId: 3,
    createdAt: 1_760_000_400_000,
    isStale: false,
    numLabels: 96,
    verdict: 'go-on',
    headline: 'Go on',
    words: '50 more labels like these should add about 1.7 points (95 % interval 0.2 to 4.1).',
    forecast: {
      measured: sizes.map((numLabels, i) => ({ numLabels, accuracy: law(numLabels) + (i % 2 === 0 ? 0.01 : -0.01) })),
      curve: [...sizes, 96, 146, 182].map((numLabels) => ({ numLabels, ...at(numLabels, 0.06) })),
      horizon: 50,
      now: at(96, 0.06),
      next: at(146, 0.06),
      gain: { estimate: 0.017, low: 0.002, high: 0.041 },
    },
    steadiness: [0.81, 0.93],
    needs: classes
      .map(({ id, name, colour, numLabels }, i) => ({ classId: id, name, colour, numLabels, recall: 0.6 + i / 20, share: (8 - i) / 40 }))
      .sort((a, b) => b.share - a.share),
  };
}

/** Some labels to look at again, of images that are labelled and were not found right. */
export function fakeReview(labels: ReadonlyMap<number, number>, confirmed: ReadonlySet<number>): LabelReviewView {
  const chosen = [7, 12, 23, 31, 44, 58];
  const items = chosen.flatMap((imageId, i): ReviewItem[] => {
    const classId = labels.get(imageId);
    if (classId === undefined || confirmed.has(imageId)) return [];
    const isConflict = i === 5;
    return [
      {
        imageId,
        classId,
        likelyId: isConflict ? null : (classId % 6) + 1,
        reasons: isConflict ? ['conflict'] : i % 2 === 0 ? ['mislabelled', 'harmful'] : ['mislabelled'],
        margin: isConflict ? null : 0.05 + i / 20,
        harm: i % 2 === 0 ? 0.01 : null,
        copies: isConflict ? [64] : [],
      },
    ];
  });
  return { createdAt: 1_760_000_400_000, isStale: false, numLabels: 96, numDone: chosen.length - items.length, items };
}
