/** The command line: the services, one command each, and one for the whole job. */
import { exit, stderr } from 'node:process';
import { CommanderError } from 'commander';
import { AppError } from '../contract/errors.ts';
import { createProgram } from './commands.ts';

/** 2 where the command was not understood, 1 where it failed, 130 after Ctrl+C. */
async function main(argv: readonly string[]): Promise<number> {
  const controller = new AbortController();
  try {
    await createProgram(controller).parseAsync([...argv]);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (controller.signal.aborted) {
      stderr.write('\nStopped. What was done is kept; run the same command again to go on.\n');
      return 130;
    }
    if (error instanceof AppError) {
      stderr.write(`acclimate: ${error.message}\n`);
      return error.code === 'invalid-input' && error.details['misuse'] === true ? 2 : 1;
    }
    stderr.write(`acclimate: something went wrong that should not have: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return 1;
  }
}

exit(await main(process.argv));
