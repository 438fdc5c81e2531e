import type { Handlers } from '../../contract/calls.ts';
import type { TrainJobRequest } from '../app-jobs/train.ts';
import type { Host } from '../host.ts';
import { checkTrainable } from '../classifiers/train-plan.ts';

/** Training a classifier on the labels. */
export function trainHandlers(host: Host): Pick<Handlers, 'train.start'> {
  return {
    'train.start': async (request) => {
      checkTrainable(host.workspace());
      return await host.startJob('train', request satisfies TrainJobRequest);
    },
  };
}
