import type { Migration } from '../migrate.ts';
import { initial } from './0001-initial.ts';
import { labelProvenance } from './0002-label-provenance.ts';

/** Every migration, oldest first. Add a new file and a new entry; never change one that has been released. */
export const migrations: readonly Migration[] = [initial, labelProvenance];
