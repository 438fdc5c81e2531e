import { expect, it } from 'vitest';
import type { JobView } from '../../electron/contract/domain.ts';
import { jobWords } from '../../renderer/views/job-words.ts';

const job: JobView = {
  ...{ id: 1, kind: 'adapt', title: 'Adapt', status: 'running', phase: '', done: 20, total: 60, unit: 'seconds', remainingMs: null },
  ...{ canFinish: true, startedAt: 0, finishedAt: null, outcome: null, error: null },
} as JobView;

it('a job that runs does not wait, even before it says what it does', () => {
  expect(jobWords(job)).toEqual({ label: 'Starting', share: 1 / 3, detail: '20 s / 1 min · estimating…' });
  expect(jobWords({ ...job, phase: 'Learning', remainingMs: 40_000 })).toMatchObject({
    label: 'Learning',
    detail: '20 s / 1 min · about 40 s left',
  });
  expect(jobWords({ ...job, total: null }).share).toBeNull();
});

it('a job that waits tells nothing of where it was paused', () => {
  expect(jobWords({ ...job, status: 'queued', phase: 'Learning' })).toMatchObject({ label: 'Waiting', share: 0 });
});
