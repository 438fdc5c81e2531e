import type { Handlers } from '../../contract/calls.ts';
import type { TrainJobRequest } from '../app-jobs/train.ts';
import type { Host } from '../host.ts';
import { checkTrainable } from '../classifiers/train-plan.ts';
import { methodOf } from './adapt.ts';

/** Training a classifier on the labels. */
export function trainHandlers(host: Host): Pick<Handlers, 'train.start'> {
  return {
    'train.start': async ({ alongside: asked = null, ...rest }) => {
      const alongside = asked === null ? null : { ...asked, method: methodOf(asked.method) };
      checkTrainable(host.workspace());
      return await host.startJob('train', { ...rest, alongside } satisfies TrainJobRequest);
    },
  };
}
