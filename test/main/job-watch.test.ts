import { expect, test } from 'vitest';
import { JobWatch } from '../../electron/main/job-watch.ts';
import { job } from './desktop.ts';

function watch() {
  const blocked = new Set<number>();
  let numStarted = 0;
  const jobs = new JobWatch({
    start: () => {
      blocked.add(numStarted);
      return numStarted++;
    },
    stop: (id) => blocked.delete(id),
  });
  return { jobs, blocked, numStarted: () => numStarted };
}

test('runs and waits count, all else does not', () => {
  const { jobs } = watch();
  for (const status of ['succeeded', 'failed', 'cancelled', 'interrupted'] as const) {
    jobs.take({ name: 'job.changed', payload: job(1, 'running', 'Import') });
    expect(jobs.running).toEqual(['Import']);
    jobs.take({ name: 'job.changed', payload: job(1, status) });
    expect(jobs.running).toEqual([]);
  }
  jobs.take({ name: 'job.changed', payload: job(2, 'queued', 'Adapt') });
  expect(jobs.running).toEqual(['Adapt']);
});

test('sleep is blocked once however many there are, and let again by whatever ends the last', () => {
  const { jobs, blocked, numStarted } = watch();
  const ends = [
    () => jobs.take({ name: 'job.changed', payload: job(2, 'failed') }),
    () => jobs.take({ name: 'job.removed', payload: { id: 2 } }),
    () => jobs.take({ name: 'project.switched', payload: { path: null } }),
    () => jobs.clear(),
  ];
  for (const [i, end] of ends.entries()) {
    jobs.take({ name: 'job.changed', payload: job(1, 'running') });
    jobs.take({ name: 'job.changed', payload: job(2, 'queued') });
    jobs.take({ name: 'job.changed', payload: job(1, 'succeeded') });
    jobs.take({ name: 'warning.raised', payload: { message: 'no job' } });
    expect(blocked.size).toBe(1);
    end();
    expect(blocked.size).toBe(0);
    expect(jobs.running).toEqual([]);
    expect(numStarted()).toBe(i + 1);
  }
});
