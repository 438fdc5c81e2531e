/** The path through the app as the sidebar shows it: how each step stands and which is next. */
import type { JobKind, JobView, ProjectView } from '../../electron/contract/domain.ts';
import { formatCount, formatInterval, formatPercent } from '../lib/format.ts';
import { strings } from '../lib/strings.ts';
import { isTransfer } from './transfer.ts';

export const stepIds = ['images', 'adapt', 'explore', 'label', 'train', 'check', 'export'] as const;
export type StepId = (typeof stepIds)[number];

export type StepStatus = 'todo' | 'next' | 'running' | 'done' | 'warning';

export interface Step {
  readonly id: StepId;
  readonly title: string;
  /** One line below the title. */
  readonly text: string;
  readonly status: StepStatus;
  /** Of the running job, 0 to 1; null while unknown or not running. */
  readonly share: number | null;
}

const jobsOf: Readonly<Partial<Record<StepId, readonly JobKind[]>>> = {
  images: ['import', 'sample'],
  adapt: ['adapt', 'choose-source'],
  explore: ['map'],
  train: ['train'],
  export: ['student', 'export'],
};

const t = strings.app.stepStates;

type Standing = Pick<Step, 'text' | 'status'>;

function standings(project: ProjectView): Readonly<Record<StepId, Standing>> {
  const { counts, classes, models, maps, check, exportedTo } = project;
  const numUsed = classes.filter((each) => each.numLabels > 0).length;
  const numLabels = counts.labelled + counts.labelledForTest;
  // What a student has learnt is for the student alone.
  const adapted = models.findLast((model) => model.kind === 'adapted' && !isTransfer(model.method));
  const classifier = models.findLast((model) => model.kind === 'classifier');
  const map = maps.at(-1);
  const canTrain = numUsed >= 2 && counts.labelled >= 2;
  const total = counts.ok - counts.excluded;
  return {
    images: {
      text:
        counts.ok + counts.unreadable === 0
          ? t.noImages
          : counts.unreadable > 0
            ? t.unreadable(formatCount(counts.ok), formatCount(counts.unreadable))
            : t.images(formatCount(counts.ok)),
      status: counts.ok === 0 ? 'next' : counts.unreadable > 0 ? 'warning' : 'done',
    },
    adapt: adapted ? { text: t.adapted(adapted.method.toUpperCase()), status: 'done' } : { text: t.adaptNext, status: 'todo' },
    explore: map
      ? { text: map.isStale ? t.mapStale : t.mapped(formatCount(map.numImages)), status: map.isStale ? 'warning' : 'done' }
      : { text: t.mapNext, status: 'todo' },
    label:
      numLabels === 0
        ? { text: t.labelNext, status: 'todo' }
        : numUsed < 2
          ? { text: t.oneClass(formatCount(numLabels)), status: 'todo' }
          : {
              text: t.labelled(formatCount(numLabels), formatCount(numUsed)),
              status: numLabels < Math.min(total, 10 * numUsed) ? 'todo' : 'done',
            },
    train: classifier
      ? {
          text: check === null || check.modelId !== classifier.id ? t.trainedUnchecked : t.trained(formatCount(check.numLabels)),
          status: check?.isStale === true ? 'warning' : 'done',
        }
      : { text: canTrain ? t.trainNext : t.trainBlocked, status: 'todo' },
    check: check
      ? {
          text: check.isStale
            ? t.checkStale
            : check.basis === 'chosen'
              ? t.checkedChosen
              : t.checked(formatPercent(check.accuracy.estimate), formatInterval(check.accuracy.low, check.accuracy.high, 0)),
          status: check.isStale ? 'warning' : 'done',
        }
      : { text: t.checkBlocked, status: 'todo' },
    export: exportedTo ? { text: t.exported, status: 'done' } : { text: classifier ? t.exportNext : t.exportBlocked, status: 'todo' },
  };
}

/** The one step a newcomer should take now: adapting is offered first, and nothing is next while it is being worked on. */
function nextStep(project: ProjectView, standing: Readonly<Record<StepId, Standing>>): StepId | null {
  if (project.counts.ok === 0) return 'images';
  const isAdapted = standing.adapt.status === 'done';
  if (!isAdapted && project.maps.length === 0 && project.counts.labelled === 0) return 'adapt';
  if (project.maps.length === 0 && project.counts.labelled === 0) return 'explore';
  return (['label', 'train', 'check', 'export'] as const).find((id) => standing[id].status !== 'done') ?? null;
}

/** Every step in order, given the jobs that run or wait. */
export function stepsOf(project: ProjectView, active: readonly JobView[]): Step[] {
  const standing = standings(project);
  const next = nextStep(project, standing);
  return stepIds.map((id) => {
    const job = active.find(({ kind }) => jobsOf[id]?.includes(kind) === true);
    const title = strings.app.steps[id];
    if (job !== undefined) {
      const share = job.status === 'running' && job.total !== null && job.total > 0 ? Math.min(1, job.done / job.total) : null;
      return { id, title, text: job.status === 'queued' ? strings.app.jobs.waiting : job.phase || job.title, status: 'running', share };
    }
    const { text, status } = standing[id];
    return { id, title, text, status: id === next && status !== 'warning' ? 'next' : status, share: null };
  });
}
