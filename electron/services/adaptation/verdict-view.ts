/** A comparison of features as a verdict on adapting. */
import type { AdaptVerdictView } from '../../contract/domain.ts';
import type { FeatureComparison, Outcome } from '../../learn/verdict.ts';

const outcomes: Readonly<Record<Outcome, AdaptVerdictView['outcome']>> = {
  'adapted better': 'better',
  'no difference shown': 'no-difference',
  'adapted worse': 'worse',
};

/** What was found, in a few words. */
export const headlines: Readonly<Record<AdaptVerdictView['outcome'], string>> = {
  better: 'Adapting helped',
  'no-difference': 'No difference shown: it may be chance, and more labels may tell',
  worse: 'Adapting made it worse',
  unproven: 'Not known yet whether adapting helped',
};

/** Null unless adapted and unadapted features were compared; `keys` are of the candidates, in their order. */
export function verdictView(
  { candidates, chosen, verdict }: FeatureComparison,
  keys: readonly { readonly px: number }[],
  numLabels: number,
): AdaptVerdictView | null {
  if (verdict === null) return null;
  const arm = (position: number): AdaptVerdictView['adapted'] => {
    const [score, key] = [candidates[position], keys[position]];
    return score === undefined || key === undefined ? null : { px: key.px, accuracy: score.accuracy };
  };
  const uses = candidates[chosen]?.adapted === true ? 'adapted' : 'unadapted';
  const used = candidates[chosen]?.name ?? '';
  const outcome = outcomes[verdict.outcome];
  return {
    outcome,
    headline: headlines[outcome],
    words: `${verdict.figures} What does best on the labels is used: "${used}".`,
    difference: verdict.accuracyDifference,
    adapted: arm(verdict.adapted),
    unadapted: arm(verdict.unadapted),
    uses,
    numLabels,
  };
}
