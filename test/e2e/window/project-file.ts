/** What a project's file holds, read beside the app that has it open. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { query } from '../cli.ts';
import type { Labelled } from './labelling.ts';

/** The only project below a folder. */
export function projectIn(folder: string): string {
  const [found] = globSync('**/*.acclimate', { cwd: folder });
  if (found === undefined) throw new Error('There is no project.');
  return join(folder, found);
}

/** Every label, by path. */
export function labelsIn(project: string): Labelled[] {
  return query<Labelled>(
    project,
    `SELECT relative_path AS path, name AS label FROM labels
     JOIN images ON images.id = image_id JOIN classes ON classes.id = class_id ORDER BY path`,
  );
}

/** Labels in the order that they are read in. */
export const byPath = (labels: readonly Labelled[]): Labelled[] => labels.toSorted((a, b) => (a.path < b.path ? -1 : 1));

/** The step that the newest checkpoint was written at; 0 where there is none. */
export function checkpointStep(project: string): number {
  const [row] = query<{ meta: string }>(
    project,
    'SELECT meta FROM checkpoints WHERE size_bytes >= 0 ORDER BY job_id DESC, seq DESC LIMIT 1',
  );
  return row === undefined ? 0 : (JSON.parse(JSON.parse(row.meta) as string) as { readonly step: number }).step;
}
