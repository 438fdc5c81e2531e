/** The services' own jobs that ran inside one of the app's. */
import type { JobRecord } from '../../project/job-records.ts';

/** What tells when a job was worked on. */
type Timed = Pick<JobRecord, 'id' | 'kind' | 'createdAt' | 'startedAt' | 'updatedAt'> & {
  readonly state: Pick<JobRecord['state'], 'status'>;
};

const isOver = ({ startedAt, updatedAt }: Timed, at: number): boolean => startedAt !== null && at >= startedAt && at <= updatedAt;

/**
 * Jobs without success that were last begun by `job` and by no other of the app's: nobody goes on with them once it is forgotten, and their
 * checkpoints only take room. Those of the command line are begun while the app works on nothing.
 */
export function leftInside<Job extends Timed>(jobs: readonly Job[], job: Timed, appPrefix: string): Job[] {
  const others = jobs.filter(({ id, kind }) => id !== job.id && kind.startsWith(appPrefix));
  return jobs.filter((each) => {
    const { startedAt, kind, state } = each;
    if (kind.startsWith(appPrefix) || startedAt === null || ['succeeded', 'queued', 'running'].includes(state.status)) return false;
    return isOver(job, startedAt) && !others.some((other) => isOver(other, startedAt));
  });
}
