/** What the fake engine advises on further labels. */
import type { ClassView, LabelAdviceView } from '../../electron/contract/domain.ts';

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
