/** How an answer crosses a process border: errors as plain objects, since classes do not survive the way. */
import { AppError } from './errors.ts';
import type { ErrorCode } from './errors.ts';

export interface WireError {
  readonly code: ErrorCode | 'cancelled';
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export type Result<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: WireError };

/** Any failure as a `WireError`. What is no `AppError` is 'internal': its message tells a user nothing and its stack stays at home. */
export function toWireError(error: unknown): WireError {
  if (error instanceof AppError) return { code: error.code, message: error.message, details: error.details };
  if (error instanceof Error && error.name === 'AbortError') return { code: 'cancelled', message: 'Cancelled.', details: {} };
  const what = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message: `Something went wrong that should not have: ${what}`, details: {} };
}

/** The value, or the error thrown as the `AppError` it was. */
export function unwrap<Value>(result: Result<Value>): Value {
  if (result.ok) return result.value;
  const { code, message, details } = result.error;
  if (code !== 'cancelled') throw new AppError(code, message, { details: { ...details } });
  const abort = new Error(message);
  abort.name = 'AbortError';
  throw abort;
}
