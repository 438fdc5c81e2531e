/** What a reference to a base model is called. */
import { basename, extname } from 'node:path';
import { modelIdOf } from './models.ts';
import type { Workspace } from '../workspace.ts';

/** The name of a file, of a model of the project, or of an untrained network. A model that is gone has its number. */
export function nameOfBase(workspace: Workspace, ref: string): string {
  const id = modelIdOf(ref);
  if (id !== null) return workspace.project.models.list().find((model) => model.id === id)?.name ?? `model ${id}`;
  if (ref === 'scratch') return 'an untrained network';
  if (ref.startsWith('scratch:')) return `an untrained ${ref.slice('scratch:'.length)}`;
  return basename(ref, extname(ref));
}
