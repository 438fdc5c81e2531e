/** What is in a project, in a form to print. */
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
    jobs: project.jobs.list({ limit: numJobs }).map(({ id, kind, state }) => ({
      id,
      kind,
      status: state.status,
      message: state.status === 'failed' ? state.error.message : '',
    })),
    integrity: project.checkIntegrity(),
  };
}
