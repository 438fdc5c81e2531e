/** Starts the engine's process. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A plain Node child; what it prints goes to the log. */
export function forkEngine(options: {
  readonly entry: string;
  readonly nodePath: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
}): ChildProcess {
  const { entry, nodePath, env, log } = options;
  const child = fork(entry, [], {
    execPath: nodePath,
    serialization: 'advanced',
    execArgv: [],
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on('line', (line) => log(`engine: ${line.slice(0, 4000)}`));
  }
  return child;
}
