import type { Handlers } from '../../contract/calls.ts';
import type { Host } from '../host.ts';

/** The jobs of the open project. */
export function jobHandlers({
  jobs,
}: Host): Pick<Handlers, 'jobs.list' | 'jobs.finish' | 'jobs.pause' | 'jobs.cancel' | 'jobs.resume' | 'jobs.dismiss'> {
  return {
    'jobs.list': () => jobs.list(),
    'jobs.finish': ({ id }) => jobs.finish(id),
    'jobs.pause': ({ id }) => jobs.pause(id),
    'jobs.cancel': ({ id }) => jobs.cancel(id),
    'jobs.resume': ({ id }) => jobs.resume(id),
    'jobs.dismiss': async ({ id }) => {
      await jobs.dismiss(id);
      return null;
    },
  };
}
