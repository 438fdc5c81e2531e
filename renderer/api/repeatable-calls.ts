/** Calls that only read. One whose answer was lost on the way may be made again without asking; any other might then be done twice. */
import type { CallName } from '../../electron/contract/calls.ts';

const repeatable: ReadonlySet<CallName> = new Set<CallName>([
  'app.view',
  'app.recents',
  'folders.list',
  'project.view',
  'images.query',
  'images.rows',
  'images.columns',
  'images.samples',
  'images.similar',
  'labels.queue',
  'labels.exportFile',
  'bases.list',
  'bases.catalogue',
  'adapt.plan',
  'adapt.preview',
  'adapt.live',
  'sources.read',
  'adapt.neighbours',
  'models.list',
  'models.training',
  'map.read',
  'explore.duplicates',
  'explore.outliers',
  'check.read',
  'groups.read',
  'advice.read',
  'review.read',
  'review.confirmed',
  'student.plan',
  'student.read',
  'export.plan',
  'export.read',
  'predictions.exportFile',
  'jobs.list',
]);

/** Whether making a call twice is the same as making it once. */
export function isRepeatable(name: CallName): boolean {
  return repeatable.has(name);
}
