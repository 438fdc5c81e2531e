/** How far a job is, in words: the same wherever it is shown. */
import type { JobView } from '../../electron/contract/domain.ts';
import { formatAmount, formatDuration } from '../lib/format.ts';
import { strings } from '../lib/strings.ts';

const t = strings.app.jobs;

export interface JobWords {
  readonly label: string;
  /** 0 to 1; null while unknown. */
  readonly share: number | null;
  readonly detail: string;
}

/** Of a job that runs or waits. One that waits was perhaps paused, and has then a phase and a count that are not its present ones. */
export function jobWords(job: JobView): JobWords {
  if (job.status === 'queued') return { label: t.waiting, share: 0, detail: t.waitingFor };
  const amount = (value: number): string => formatAmount(value, job.unit);
  const count = job.total === null ? amount(job.done) : `${amount(job.done)} / ${amount(job.total)}`;
  return {
    label: job.phase || t.starting,
    share: job.total === null || job.total === 0 ? null : job.done / job.total,
    detail: `${count} · ${job.remainingMs === null ? t.estimating : t.left(formatDuration(job.remainingMs))}`,
  };
}
