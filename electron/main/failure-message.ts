/** What a person is told of a failure; nothing of a cancellation. */
export function failureMessage(error: unknown): string | null {
  if (error instanceof Error && error.name === 'AbortError') return null;
  return error instanceof Error ? error.message : String(error);
}
