/** What is in a project, in a form to print. */
import { kill } from 'node:process';
import type { JobRecord } from '../project/job-records.ts';
import type { Workspace } from './workspace.ts';

export interface StatusReport {
  readonly project: string;
  readonly folders: readonly { readonly path: string; readonly isPresent: boolean; readonly numImages: number }[];
  readonly images: { readonly ok: number; readonly unreadable: number; readonly missing: number; readonly excluded: number };
  readonly numTest: number;
  readonly classes: readonly { readonly name: string; readonly numLabels: number }[];
  readonly models: readonly { readonly id: number; readonly name: string; readonly kind: string; readonly lineage: string }[];
  readonly jobs: readonly { readonly id: number; readonly kind: string; readonly status: string; readonly message: string }[];
  /** What SQLite finds wrong with the file; empty for a sound one. */
  readonly integrity: readonly string[];
}

const numJobs = 10;

export function projectStatus(workspace: Workspace): StatusReport {
  const { project } = workspace;
  return {
    project: project.path,
    folders: project.sources.list().map(({ rootPath, isPresent, numImages }) => ({ path: rootPath, isPresent, numImages })),
    images: project.images.counts(),
    numTest: project.splits.imageIds('audit', 'test').length,
    classes: project.classes.list().map(({ name, numLabels }) => ({ name, numLabels })),
    models: project.models.list().map(({ id, name, kind }) => {
      const chain = project.models.lineage(id).map((model) => model.name);
      return { id, name, kind, lineage: chain.join(' -> ') };
    }),
    jobs: project.jobs
      .list({ limit: numJobs })
      .map((job) => ({ id: job.id, kind: job.kind, status: statusOf(job), message: messageOf(job) })),
    integrity: project.checkIntegrity(),
  };
}

/** A reader sees the jobs of a writer that has crashed as running until the next writer opens the file. */
function statusOf({ state, pid }: JobRecord): string {
  return state.status === 'running' && pid !== null && !isAlive(pid) ? 'interrupted' : state.status;
}

function isAlive(pid: number): boolean {
  try {
    kill(pid, 0);
    return true;
  } catch (error) {
    // Whoever may not send signals to a process has found one.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function messageOf({ state, progress }: JobRecord): string {
  if (state.status === 'failed') return state.error.message;
  if (state.status === 'succeeded' || progress.phase === '') return '';
  return `${progress.phase} ${progress.done}${progress.total === null ? '' : ` of ${progress.total}`}`;
}
