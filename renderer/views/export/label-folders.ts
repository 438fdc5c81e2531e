/** Copying labelled images into one folder per class, wherever that is asked for. */
import type { App } from '../../state/app.svelte.ts';

/** The folder for a project's labelled images inside the one that was chosen: what is there already stays as it is. */
export function labelFolderIn(chosen: string, projectName: string): string {
  return `${chosen.replace(/[\\/]$/, '')}/${projectName}-labelled`;
}

/** Starts the copying; a folder that cannot be taken is told of at once. */
export async function copyLabelFolders(app: App, chosen: string | null | undefined): Promise<void> {
  if (chosen == null) return;
  const job = await app.attempt('labels.exportFolders', { outDir: labelFolderIn(chosen, app.project?.name ?? 'images') });
  if (job !== undefined) app.jobs.take(job);
}
