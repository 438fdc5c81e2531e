/** One connection to a project file: prepared queries, transactions, and database errors told in plain words. */
import Database from 'better-sqlite3';
import { AppError } from '../contract/errors.ts';

/** What may be bound to a query. */
export type SqlValue = number | string | Uint8Array | null;

/** Values for the `?` of a query in order, or one object with the values of its `@name`s. */
export type SqlArguments = readonly SqlValue[] | readonly [Readonly<Record<string, SqlValue>>];

/** A prepared statement whose failures are AppErrors. `Row` is one result row, or one value for a `values` query. */
export interface Query<Row> {
  /** Runs a writing statement; `id` is the row id of the last insert. */
  run(...values: SqlArguments): { readonly numChanged: number; readonly id: number };
  get(...values: SqlArguments): Row | undefined;
  all(...values: SqlArguments): Row[];
  /** Rows one at a time; nothing else may run on the connection's same query until the loop ends. */
  iterate(...values: SqlArguments): IterableIterator<Row>;
}

/** Turns an error of SQLite into an AppError that says what to do; any other error is returned as it is. */
export function explainDatabaseError(error: unknown, path: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const options = { cause: error, details: { path, sqliteCode: error.code } };
  const code = error.code.split('_').slice(0, 2).join('_');
  switch (code) {
    case 'SQLITE_FULL':
      return new AppError(
        'io',
        `The disk that holds ${path} is full. Free some space and try again; everything saved so far is safe.`,
        options,
      );
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
      return new AppError('conflict', `Another program is busy writing to ${path}. Wait for it to finish and try again.`, options);
    case 'SQLITE_READONLY':
      return new AppError('conflict', `${path} is open for reading only. Open it for writing to change it.`, options);
    case 'SQLITE_CORRUPT':
    case 'SQLITE_NOTADB':
      return new AppError('io', `${path} is damaged. Restore it from a backup; do not keep working in it.`, options);
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_PERM':
      return new AppError('io', `${path} could not be opened. Check that the folder exists and that you may write to it.`, options);
    case 'SQLITE_IOERR':
      return new AppError('io', `Reading or writing ${path} failed. Check that its disk is connected and working.`, options);
    case 'SQLITE_CONSTRAINT':
      return new AppError('invalid-input', `The project refused the change: ${error.message}.`, options);
    default:
      return new AppError('internal', `The project database reported: ${error.message}.`, options);
  }
}

/** A connection that prepares every query once. SQL texts must be constants, since each distinct one is kept. */
export class Connection {
  readonly path: string;
  readonly #database: Database.Database;
  readonly #queries = new Map<string, Query<unknown>>();

  constructor(path: string, options: { readonly readonly: boolean }) {
    this.path = path;
    this.#database = this.#guard(() => new Database(path, { readonly: options.readonly, timeout: 5000, fileMustExist: true }));
  }

  /** The query for `sql`, giving rows as objects keyed by column name. */
  query<Row = never>(sql: string): Query<Row> {
    return this.#prepared(sql, false) as Query<Row>;
  }

  /** The query for `sql`, giving the first column's value of each row. */
  values<Value>(sql: string): Query<Value> {
    return this.#prepared(sql, true) as Query<Value>;
  }

  /** Runs several statements that take no values. */
  exec(sql: string): void {
    this.#guard(() => this.#database.exec(sql));
  }

  /** Runs `PRAGMA source` and returns its first value. */
  pragma(source: string): unknown {
    return this.#guard(() => this.#database.pragma(source, { simple: true }));
  }

  /** Runs `work` in one transaction: all of it happens or none of it. A transaction inside another is a part of it. */
  transaction<T>(work: () => T): T {
    return this.#guard(() => this.#database.transaction(work).immediate());
  }

  /** Runs several reads against one unchanging state of the project. */
  snapshot<T>(work: () => T): T {
    return this.#guard(() => this.#database.transaction(work).deferred());
  }

  close(): void {
    this.#queries.clear();
    this.#database.close();
  }

  #prepared(sql: string, pluck: boolean): Query<unknown> {
    const key = pluck ? `values ${sql}` : sql;
    const known = this.#queries.get(key);
    if (known) return known;
    const query = this.#prepare(sql, pluck);
    this.#queries.set(key, query);
    return query;
  }

  #prepare(sql: string, pluck: boolean): Query<unknown> {
    const statement = this.#guard(() => this.#database.prepare(sql));
    if (pluck) statement.pluck();
    return {
      run: (...values) => {
        const { changes, lastInsertRowid } = this.#guard(() => statement.run(...values));
        return { numChanged: changes, id: Number(lastInsertRowid) };
      },
      get: (...values) => this.#guard(() => statement.get(...values)),
      all: (...values) => this.#guard(() => statement.all(...values)),
      iterate: (...values) => this.#rows(() => statement.iterate(...values)),
    };
  }

  *#rows(start: () => IterableIterator<unknown>): Generator<unknown, undefined> {
    try {
      yield* start();
    } catch (error) {
      throw explainDatabaseError(error, this.path);
    }
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw explainDatabaseError(error, this.path);
    }
  }
}
