/** Advice on labelling in words. */
import type { Interval } from '../../learn/intervals.ts';
import type { StopAdvice, StopFacts } from '../../learn/stop-advice.ts';

const points = (value: number): string => (100 * value).toFixed(1);
const percent = (value: number): string => `${(100 * value).toFixed(0)} %`;
const between = ({ low, high }: Interval): string => `${percent(low)} to ${percent(high)}`;

function gainWords({ gain, horizon }: StopFacts): string {
  if (gain === null) return '';
  return `${horizon} more labels like these should add about ${points(gain.estimate)} points (95 % interval ${points(Math.max(0, gain.low))} to ${points(gain.high)}).`;
}

/** The verdict in a few words, and its reason with the figures. `classes` have their numbers of labels to learn from. */
export function adviceWords(
  { verdict, reason }: StopAdvice,
  facts: StopFacts,
  classes: readonly { readonly name: string; readonly numLabels: number }[],
): { readonly verdict: StopAdvice['verdict']; readonly headline: string; readonly words: string } {
  const { accuracy, steadiness, horizon } = facts;
  const lacking = classes.filter(({ numLabels }) => numLabels < 5).map(({ name, numLabels }) => `${name} (${numLabels})`);
  switch (reason) {
    case 'few-labels':
      return {
        verdict,
        headline: 'Too early to tell',
        words:
          lacking.length > 0
            ? `Give every class at least five labels first: ${lacking.join(', ')}.`
            : 'There are too few labels to measure how accuracy grows with them. Label some twenty more.',
      };
    case 'class-lacking':
      return { verdict, headline: 'Go on', words: `Some classes have next to no labels: ${lacking.join(', ')}. ${gainWords(facts)}` };
    case 'steady': {
      const last = steadiness.slice(-3);
      const mean = last.reduce((sum, kappa) => sum + kappa, 0) / last.length;
      return {
        verdict,
        headline: 'You can stop',
        words: `Over the last three trainings the predictions hardly changed (mean kappa ${mean.toFixed(3)}). ${gainWords(facts)}`,
      };
    }
    case 'known':
      return {
        verdict,
        headline: 'You can stop',
        words: `The accuracy is known well enough${accuracy === null ? '' : ` (${between(accuracy)})`}, and ${gainWords(facts)} That is little beside how exactly it is known.`,
      };
    case 'flat':
      return {
        verdict,
        headline: 'You can stop',
        words: `Even at best, ${horizon} more labels are worth less than a point. ${gainWords(facts)}`,
      };
    case 'gain':
      return { verdict, headline: 'Go on', words: gainWords(facts) };
    default:
      return reason satisfies never;
  }
}
