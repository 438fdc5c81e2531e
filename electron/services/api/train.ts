import type { Handlers } from '../../contract/calls.ts';
import { AppError } from '../../contract/errors.ts';
import { besideMethodNames, type AdaptMethod } from '../adaptation/method-list.ts';
import type { TrainJobRequest } from '../app-jobs/train.ts';
import type { Host } from '../host.ts';
import { checkTrainable } from '../classifiers/train-plan.ts';
import { methodOf } from './adapt.ts';

/** Throws `invalid-input` for a method whose loss cannot be added to that of the labels. */
function besideMethodOf(name: string): AdaptMethod {
  const method = methodOf(name);
  if (besideMethodNames.includes(method)) return method;
  throw new AppError('invalid-input', `${name} cannot be learnt beside labels. Choose a method that compares views, such as BYOL.`);
}

/** Training a classifier on the labels. */
export function trainHandlers(host: Host): Pick<Handlers, 'train.start'> {
  return {
    'train.start': async ({ alongside: asked = null, ...rest }) => {
      const alongside = asked === null ? null : { ...asked, method: besideMethodOf(asked.method) };
      checkTrainable(host.workspace());
      return await host.startJob('train', { ...rest, alongside } satisfies TrainJobRequest);
    },
  };
}
