/** The command line: the services, one command each, and one for the whole job. */
import { exit, stderr, stdout } from 'node:process';
import { CommanderError } from 'commander';
import { AppError } from '../contract/errors.ts';
import { describeMismatch, mismatchOf } from '../contract/weights-mismatch.ts';
import { createProgram } from './commands.ts';

/** Tensors of each kind that are listed; there may be hundreds. */
const maxListed = 20;

function wasStopped(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && (error === signal.reason || (error instanceof Error && error.name === 'AbortError'));
}

/** 2 where the command was not understood, 1 where it failed, 130 after Ctrl+C. */
async function main(argv: readonly string[]): Promise<number> {
  const controller = new AbortController();
  try {
    await createProgram(controller).parseAsync([...argv]);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (wasStopped(error, controller.signal)) {
      stderr.write('Stopped. What was done is kept; run the same command again to go on.\n');
      return 130;
    }
    if (error instanceof AppError) {
      stderr.write(`acclimate: ${error.message}\n`);
      const mismatch = mismatchOf(error.details);
      if (mismatch !== null) stderr.write(`${describeMismatch(mismatch, maxListed)}\n`);
      return error.details['misuse'] === true ? 2 : 1;
    }
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
    stderr.write(`acclimate: something went wrong that should not have: ${trace}\n`);
    return 1;
  }
}

/** Pipes are written behind the program's back on some systems, and ending it would cut the result short. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

// Whoever reads the result may stop reading it, as `head` does.
stdout.on('error', (error: NodeJS.ErrnoException) => exit(error.code === 'EPIPE' ? 0 : 1));
stderr.on('error', () => undefined);

const code = await main(process.argv);
await Promise.all([drained(stdout), drained(stderr)]);
// A runtime's own threads must not keep a finished program alive.
exit(code);
