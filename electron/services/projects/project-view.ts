/** The whole project at a glance. What takes long to count is kept until it changes, so that asking again costs next to nothing. */
import type { ClassView, HistoryView, ModelView, ProjectView, SourceView } from '../../contract/domain.ts';
import { latestCheckSummary } from '../classifiers/check.ts';
import { latestExport } from '../classifiers/exports.ts';
import type { Host } from '../host.ts';
import { listMaps } from '../mapping/maps.ts';
import { modelViews } from '../adaptation/model-views.ts';
import { nameOf } from './project-place.ts';
import { imagesVersion } from './project-identity.ts';
import type { Workspace } from '../workspace.ts';

/** Images kept apart, and labels by whether they are on those. */
interface LabelCounts {
  readonly labelled: number;
  readonly labelledForTest: number;
}

export function classViews({ project }: Workspace): ClassView[] {
  return project.classes.list();
}

/** What undo and redo would do next, in words. */
export function historyView({ project }: Workspace): HistoryView {
  const { undo, redo } = project.labels.history();
  return { undo, redo };
}

function sourceViews({ project }: Workspace): SourceView[] {
  return project.sources.list().map(({ id, rootPath, isPresent, numImages }) => ({ id, path: rootPath, isPresent, numImages }));
}

function labelCounts({ project }: Workspace): LabelCounts {
  const forTest = project.labels.countIn('audit', 'test');
  return { labelled: project.labels.count() - forTest, labelledForTest: forTest };
}

export function projectView(host: Host): ProjectView {
  const workspace = host.workspace();
  const { project } = workspace;
  const counts = host.memo('view.counts', ['images', 'sources'], () => ({
    ...project.images.counts(),
    test: project.splits.count('audit', 'test'),
  }));
  const models: ModelView[] = host.memo('view.models', ['models', 'checks'], () => modelViews(workspace));
  return {
    path: project.path,
    name: nameOf(project.path),
    imagesVersion: imagesVersion(project),
    sources: host.memo('view.sources', ['images', 'sources'], () => sourceViews(workspace)),
    counts: { ...counts, ...host.memo('view.labels', ['labels', 'images', 'classes'], () => labelCounts(workspace)) },
    classes: host.memo('view.classes', ['labels', 'classes', 'images'], () => classViews(workspace)),
    models,
    maps: [...listMaps(host)].map(({ modelId, px, numImages, createdAt, isStale }) => ({ modelId, px, numImages, createdAt, isStale })),
    history: historyView(workspace),
    check: host.memo('view.check', ['labels', 'classes', 'images', 'models', 'checks'], () => latestCheckSummary(workspace)),
    exportedTo: host.memo('view.export', ['exports', 'models'], () => latestExport(workspace)),
  };
}
