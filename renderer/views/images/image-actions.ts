/** What can be done with images, from the grid and from the viewer alike. */
import type { ClassView } from '../../../electron/contract/domain.ts';
import { formatCount } from '../../lib/format.ts';
import { strings } from '../../lib/strings.ts';
import type { App } from '../../state/app.svelte.ts';
import { positionOf } from '../../state/columns.ts';
import { fileName } from './cell-facts.ts';
import type { ImageList } from './image-list.svelte.ts';

const t = strings.images.selection;
const numSimilar = 200;
const batch = 1000;

/** Labels images once that is in the file, and says so with the way back. */
export async function labelImages(app: App, ids: readonly number[], chosen: ClassView): Promise<void> {
  await app.assignAloud(ids, chosen);
}

/** Excludes images, or takes them in again where all of them are excluded. */
export async function toggleExcluded(app: App, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) await app.setExcluded(ids, !areExcluded(app, ids));
}

export function areExcluded(app: App, ids: readonly number[]): boolean {
  const { columns } = app;
  return columns !== null && ids.length > 0 && ids.every((id) => columns.isExcluded[positionOf(columns.ids, id)] === 1);
}

/** Shows the images most like this one, itself first. */
export async function showSimilar(app: App, list: ImageList, id: number): Promise<void> {
  if (app.project?.maps.length === 0) {
    app.toasts.show(t.missingFeatures);
    return;
  }
  const [answer, rows] = await Promise.all([
    app.attempt('images.similar', { id, count: numSimilar }),
    app.attempt('images.rows', { ids: [id] }),
  ]);
  if (answer === undefined) return;
  list.show({ ids: [id, ...answer.ids] }, t.similarTo(fileName(rows?.[0]?.relativePath ?? '')));
}

export function showOnMap(app: App, ids: readonly number[]): void {
  app.jumpTo({ to: 'explore', imageIds: ids });
}

export function labelOneByOne(app: App, ids: readonly number[]): void {
  app.jumpTo({ to: 'label', imageIds: ids, title: t.jumpTitle });
}

/** Puts the full paths of images on the clipboard, one a line. */
export async function copyPaths(app: App, ids: readonly number[]): Promise<void> {
  const folders = new Map(app.project?.sources.map(({ id, path }) => [id, path]));
  const paths: string[] = [];
  for (let from = 0; from < ids.length; from += batch) {
    const rows = await app.attempt('images.rows', { ids: ids.slice(from, from + batch) });
    if (rows === undefined) return;
    for (const { sourceId, relativePath } of rows) paths.push(`${folders.get(sourceId) ?? ''}/${relativePath}`);
  }
  try {
    await navigator.clipboard.writeText(paths.join('\n'));
    app.toasts.show(t.copied(formatCount(paths.length)), { tone: 'success' });
  } catch {
    app.toasts.show(t.copyFailed, { tone: 'warning' });
  }
}
