/** The paths of images as files for other programs have them. */
import { sep } from 'node:path';
import type { Workspace } from '../workspace.ts';

/** The folder that all of these lie in, without an end; '' where that is none, or the root of everything. */
function sharedFolder(folders: readonly string[]): string {
  const [first = '', ...others] = folders;
  const parts = first.split('/');
  const ends = others.map((other) => {
    const theirs = other.split('/');
    const end = parts.findIndex((part, i) => part !== theirs[i]);
    return end < 0 ? parts.length : end;
  });
  return parts.slice(0, Math.min(parts.length, ...ends)).join('/');
}

interface PlacedImage {
  readonly sourceId: number;
  readonly relativePath: string;
}

/**
 * The path of each image with forward slashes: below its source; where a project has several, below the folder that they share, so that none is
 * taken for another; absolute where they share none, or where such a path would be another image's below its own source.
 */
export function outsidePaths({ project }: Workspace, images: readonly PlacedImage[]): string[] {
  const roots = new Map(project.sources.list().map(({ id, rootPath }) => [id, rootPath.split(sep).join('/').replace(/\/+$/, '')]));
  if (roots.size <= 1) return images.map(({ relativePath }) => relativePath);
  const absolute = images.map(({ sourceId, relativePath }) => `${roots.get(sourceId) ?? ''}/${relativePath}`);
  const shared = sharedFolder([...roots.values()]);
  if (shared === '' || /^[a-z]:$/i.test(shared)) return absolute;
  const below = absolute.map((path) => path.slice(shared.length + 1));
  const relative = new Set(images.map(({ relativePath }) => relativePath));
  return below.some((path, i) => path !== images[i]?.relativePath && relative.has(path)) ? absolute : below;
}
