/** Absolute progress of one phase of a job. `total` is null while it is unknown. */
export interface Progress {
  readonly phase: string;
  readonly done: number;
  readonly total: number | null;
}

/** What every long-running function takes: how to be told to stop, and whom to tell how far it is. */
export interface RunContext {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}
