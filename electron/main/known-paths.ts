/** Which files and folders the window may have shown: those of the open project, and what a person chose in a dialog. */
import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, relative, sep } from 'node:path';
import type { ProjectView } from '../contract/domain.ts';

export class KnownPaths {
  readonly #chosen = new Set<string>();

  /** A person chose this in a dialog, or dropped it. */
  choose(path: string): void {
    this.#chosen.add(path);
  }

  /** The real path of what may be shown, or null. */
  shown(path: string, project: ProjectView | null, dataDir: string | null): string | null {
    const roots = [
      ...this.#chosen,
      ...(project === null ? [] : [dirname(project.path), ...project.sources.map((source) => source.path)]),
      ...(project?.exportedTo == null ? [] : [project.exportedTo]),
      ...(dataDir === null ? [] : [dataDir]),
    ];
    const real = realOf(path);
    if (real === null || !isAbsolute(path)) return null;
    return roots.some((root) => isWithin(realOf(root), real)) ? real : null;
  }
}

/** With all links followed; null for what is not there. */
function realOf(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

function isWithin(outer: string | null, inner: string): boolean {
  if (outer === null) return false;
  const between = relative(outer, inner);
  return between === '' || (!isAbsolute(between) && between !== '..' && !between.startsWith(`..${sep}`));
}
