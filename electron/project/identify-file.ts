/** Tells whether a path holds an Acclimate project, without changing the file. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { AppError } from '../contract/errors.ts';
import { Connection } from './connection.ts';

/** "Accl", written into the header of every project file. */
export const applicationId = 0x4163636c;

/** What the file at a path is: `blank` is an SQLite file with nothing in it, as a crash while creating one leaves behind. */
export type FileKind = { readonly kind: 'absent' } | { readonly kind: 'blank' } | { readonly kind: 'project'; readonly version: number };

function readHeader(path: string): Buffer {
  const header = Buffer.alloc(100);
  const file = openSync(path, 'r');
  try {
    return header.subarray(0, readSync(file, header, 0, header.length, 0));
  } finally {
    closeSync(file);
  }
}

function identity(path: string, header: Buffer): { applicationId: number; version: number; isEmpty: boolean } {
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  // The header is exact unless a crashed writer left changes in the write-ahead log. Only then is the file opened, since opening leaves traces.
  if (!log || log.size === 0) {
    const schemaCookie = header.readUInt32BE(40);
    return { applicationId: header.readUInt32BE(68), version: header.readUInt32BE(60), isEmpty: schemaCookie === 0 };
  }
  const connection = new Connection(path, { readonly: true });
  try {
    return {
      applicationId: connection.pragma('application_id') as number,
      version: connection.pragma('user_version') as number,
      isEmpty: connection.values<number>('SELECT count(*) FROM sqlite_schema').get() === 0,
    };
  } finally {
    connection.close();
  }
}

/** Looks at `path`; throws an AppError that says what it is instead where it is no project. */
export function identifyFile(path: string): FileKind {
  let header: Buffer;
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (!stats) return { kind: 'absent' };
    if (stats.isDirectory()) throw new AppError('invalid-input', `${path} is a folder. Choose a project file (.acclimate).`);
    if (!stats.isFile()) throw new AppError('invalid-input', `${path} is not an ordinary file. Choose a project file (.acclimate).`);
    header = readHeader(path);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('io', `${path} could not be read. Check that you may read it and that its disk is connected.`, { cause: error });
  }
  if (header.length === 0) return { kind: 'blank' };
  if (header.length < 100 || header.toString('latin1', 0, 16) !== 'SQLite format 3\0') {
    throw new AppError('unsupported', `${path} is not an Acclimate project. Choose a file that Acclimate has saved (.acclimate).`);
  }
  const found = identity(path, header);
  if (found.applicationId === applicationId && found.version > 0) return { kind: 'project', version: found.version };
  if (found.isEmpty && found.applicationId === 0 && found.version === 0) return { kind: 'blank' };
  throw new AppError('unsupported', `${path} is a database of another program. Choose a file that Acclimate has saved (.acclimate).`);
}
