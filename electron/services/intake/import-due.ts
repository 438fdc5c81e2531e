/** Whether a project's folders should be looked at again when it is opened. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { JobRecord } from '../../project/job-records.ts';
import type { Project } from '../../project/project.ts';

/** Folders looked at below each source; more would make opening slow, and a person can always ask for a whole look. */
const maxFolders = 500;

/** When a folder or one right in it last gained or lost an entry, in milliseconds since 1970; 0 where it cannot be read. */
function changedMs(folder: string): number {
  try {
    const inside = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .slice(0, maxFolders);
    return Math.max(statSync(folder).mtimeMs, ...inside.map((entry) => statSync(join(folder, entry.name)).mtimeMs));
  } catch {
    return 0;
  }
}

function lastImport(project: Project): JobRecord | null {
  const imports = project.jobs.list({ prefix: 'app.' }).filter(({ kind }) => kind === 'app.import' || kind === 'app.sample');
  return imports.find(({ state }) => state.status === 'succeeded') ?? null;
}

/** Whether an import has ended and left images. */
export function hasImported(project: Project): boolean {
  return lastImport(project) !== null && project.images.counts().ok > 0;
}

/** True where no import ever ended, or where a folder has changed since the last one began. */
export function isImportDue(project: Project): boolean {
  const last = lastImport(project);
  if (last === null || project.images.counts().ok === 0) return true;
  const present = project.sources.list().filter((source) => source.isPresent);
  return present.some((source) => changedMs(source.rootPath) > (last.startedAt ?? 0));
}
