/** Telling the window of changed labels. */
import type { LabelOutcome } from '../../contract/domain.ts';
import type { LabelChange } from '../../project/labels.ts';
import { classColumn, keepClasses } from '../catalog/image-catalog.ts';
import type { Host } from '../host.ts';
import { classViews, historyView } from '../projects/project-view.ts';

/** What changed, once it is in the file; `action` says how where the journal's word is not it. Everybody is told. */
export function publishLabels(host: Host, change: LabelChange | null, action?: 'undo' | 'redo'): LabelOutcome {
  const workspace = host.workspace();
  if (change === null) return { change: null, classes: classViews(workspace), history: historyView(workspace) };
  const touchesClasses = change.action === 'remove-class' || change.action === 'merge-classes' || change.action === 'import';
  const { imageIds } = change;
  const classIds = workspace.project.labels.classesOf(imageIds);
  const before = classColumn(host);
  host.changed(touchesClasses ? ['labels', 'classes'] : ['labels']);
  keepClasses(host, before, imageIds, classIds);
  const outcome = {
    change: {
      action: action ?? change.action,
      imageIds,
      classIds,
      isOfClasses: touchesClasses,
    },
    classes: host.memo('view.classes', ['labels', 'classes', 'images'], () => classViews(workspace)),
    history: historyView(workspace),
  };
  host.emit('labels.changed', outcome);
  return outcome;
}
