import type { Handlers } from '../../contract/calls.ts';
import type { Host } from '../host.ts';
import { readReview } from '../labelling/review-labels.ts';

/** Labels to look at again, and those that were looked at and are right. */
export function reviewHandlers(host: Host): Pick<Handlers, 'review.read' | 'review.confirmed' | 'review.confirm'> {
  const confirmed = (): { readonly ids: Int32Array } => ({ ids: host.workspace().project.labelReviews.confirmed() });
  return {
    'review.read': () => readReview(host.workspace()),
    'review.confirmed': confirmed,
    'review.confirm': ({ ids, isRight }) => {
      const { labelReviews } = host.workspace().project;
      if (isRight) labelReviews.confirm(ids);
      else labelReviews.withdraw(ids);
      return confirmed();
    },
  };
}
