/** What every command does around its work: the project, signals, progress, and the result as text or JSON. */
import { stdout } from 'node:process';
import { AppError } from '../contract/errors.ts';
import { interruption, openWorkspace } from '../services/workspace.ts';
import type { Device, Workspace } from '../services/workspace.ts';
import { createTerminal } from './terminal.ts';
import type { Terminal } from './terminal.ts';

/** Options of every command on a project; the last two of those that compute. */
export interface CommonOptions {
  readonly project: string;
  readonly json?: boolean;
  readonly device?: Device;
  readonly checkpointSeconds?: number;
}

export interface BudgetOptions {
  readonly minutes?: number;
  readonly steps?: number;
}

/** The steps where they are given, else the minutes. */
export function budgetOf({ minutes, steps }: BudgetOptions): { readonly minutes: number } | { readonly steps: number } {
  return steps === undefined ? { minutes: minutes ?? 10 } : { steps };
}

/** The error for a command that cannot be understood. */
export function misuse(message: string): AppError {
  return new AppError('invalid-input', message, { details: { misuse: true } });
}

export interface Session {
  readonly workspace: Workspace;
  readonly terminal: Terminal;
}

/** Ctrl+C lets the running job make a checkpoint and stop; a second one ends at once. */
export function stopOnSignals(controller: AbortController): void {
  const stop = (): void => controller.abort(interruption());
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

/** Opens the project, does the work with its progress on stderr, and writes the result to stdout. Throws what the work throws. */
export async function withWorkspace<Report>(
  controller: AbortController,
  options: CommonOptions & { readonly create?: boolean; readonly readonly?: boolean },
  work: (session: Session) => Promise<Report> | Report,
  show: (report: Report) => string,
): Promise<void> {
  stopOnSignals(controller);
  const terminal = createTerminal({ quiet: options.json === true && !process.stderr.isTTY });
  const workspace = openWorkspace({
    projectPath: options.project,
    create: options.create ?? false,
    readonly: options.readonly ?? false,
    signal: controller.signal,
    onJob: terminal.onJob,
    onWarning: terminal.warn,
    device: options.device ?? 'cpu',
    ...(options.checkpointSeconds !== undefined && { checkpointEverySeconds: options.checkpointSeconds }),
  });
  try {
    const report = await work({ workspace, terminal });
    stdout.write(`${options.json === true ? JSON.stringify(report) : show(report)}\n`);
  } finally {
    workspace.close();
  }
}
