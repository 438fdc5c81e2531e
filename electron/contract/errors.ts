/** The few kinds of failure a caller may want to tell apart. */
export type ErrorCode =
  | 'invalid-input' // what the caller passed is wrong; the message says how to mend it
  | 'not-found'
  | 'conflict' // the state of the project forbids it
  | 'unsupported' // this build, machine or file version cannot do it
  | 'io' // the disk, the file system or the database refused
  | 'unstable' // training collapsed or diverged
  | 'mismatch' // a result disagrees with its reference
  | 'internal';

/** An error meant for a person: its message says what happened and what to do about it. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: { details?: Record<string, unknown>; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.details = options.details ?? {};
  }
}
