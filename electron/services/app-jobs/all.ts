/** Every job that the window can start. */
import type { JobKind, JobView } from '../../contract/domain.ts';
import { AppError } from '../../contract/errors.ts';
import type { ProjectPart } from '../../contract/events.ts';
import type { Workspace } from '../workspace.ts';
import { adaptJob } from './adapt.ts';
import type { AppJob, AppJobContext } from './app-job.ts';
import { chooseSourceJob } from './choose-source.ts';
import { downloadJob } from './download.ts';
import { exportLabelsJob } from './export-labels.ts';
import { exportJob } from './export.ts';
import { importJob } from './import.ts';
import { mapJob } from './map.ts';
import { sampleJob } from './sample.ts';
import { studentJob } from './student.ts';
import { trainJob } from './train.ts';

/** A job together with what it is asked to do. */
export interface PreparedJob {
  readonly kind: JobKind;
  readonly unit: (phase: string) => JobView['unit'];
  readonly canFinish: boolean;
  readonly changes: readonly ProjectPart[];
  readonly title: (workspace: Workspace) => string;
  readonly run: (workspace: Workspace, ctx: AppJobContext) => Promise<string>;
}

type Prepare = (request: unknown) => PreparedJob;

function prepared<Request>(job: AppJob<Request>): Prepare {
  return (given) => {
    const parsed = job.schema.safeParse(given);
    if (!parsed.success) {
      throw new AppError('invalid-input', 'This job was asked for by another version of Acclimate. Start it again.', {
        cause: parsed.error,
      });
    }
    const request = parsed.data;
    return {
      kind: job.kind,
      unit: (phase) => (typeof job.unit === 'function' ? job.unit(request, phase) : job.unit),
      canFinish: job.canFinish,
      changes: job.changes,
      title: (workspace) => job.title(workspace, request),
      run: (workspace, ctx) => job.run(workspace, request, ctx),
    };
  };
}

const jobs: Readonly<Record<JobKind, Prepare>> = {
  sample: prepared(sampleJob),
  import: prepared(importJob),
  adapt: prepared(adaptJob),
  'choose-source': prepared(chooseSourceJob),
  map: prepared(mapJob),
  train: prepared(trainJob),
  student: prepared(studentJob),
  export: prepared(exportJob),
  'export-labels': prepared(exportLabelsJob),
  download: prepared(downloadJob),
};

/** The job of a kind for a request that may come from anywhere. Throws `invalid-input` where it is not such a request. */
export function prepareJob(kind: JobKind, request: unknown): PreparedJob {
  return jobs[kind](request);
}

/** Whether a text is the kind of a job. */
export function isJobKind(kind: string): kind is JobKind {
  return Object.hasOwn(jobs, kind);
}
