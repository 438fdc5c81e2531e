/** `npm run serve`: the engine on loopback, for a browser. */
import { resolve } from 'node:path';
import { exit, stderr, stdout } from 'node:process';
import { CommanderError } from 'commander';
import { AppError } from '../contract/errors.ts';
import { createSecrets } from './access.ts';
import { buildWindow, reasonToBuild, windowDir } from './built-window.ts';
import { openAddress } from './open-address.ts';
import { bindingOf, createServeCommand, rootOf } from './options.ts';
import type { ServeArguments } from './options.ts';
import { supervise } from './supervise.ts';

/** npm passes on a signal that the terminal has sent to everybody already: what follows this closely is the same one. */
const sameSignalMs = 500;

/** The first signal stops in good order, a second one at once. */
function onSignals(): { readonly stop: AbortSignal; readonly kill: AbortSignal } {
  const [stop, kill] = [new AbortController(), new AbortController()];
  let stoppedAtMs = 0;
  const onSignal = (): void => {
    if (!stop.signal.aborted) {
      stoppedAtMs = performance.now();
      stderr.write('Stopping. What runs is kept at a checkpoint; press Ctrl+C again to end at once.\n');
      stop.abort();
    } else if (performance.now() - stoppedAtMs > sameSignalMs) {
      kill.abort();
      exit(130);
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return { stop: stop.signal, kill: kill.signal };
}

async function serve(options: ServeArguments): Promise<void> {
  const binding = bindingOf(options);
  const root = rootOf(options.root);
  const signals = onSignals();
  const reason = options.build && options.window === undefined ? reasonToBuild() : null;
  if (reason !== null) {
    stderr.write(`Building the window, since ${reason}.\n`);
    await buildWindow();
  }
  const secrets = createSecrets({ withOnceToken: options.open });
  const addressOf = (port: number, token: string): string =>
    `${binding.tls === null ? 'http' : 'https'}://${binding.hostNames[0] ?? ''}:${port}/#token=${token}`;
  const { port, project, device, data: dataDir = null, checkpointSeconds = null } = options;
  const projectPath = project === undefined ? null : resolve(project);
  await supervise({
    settings: {
      ...binding,
      ...{ port, secrets, root, dataDir, device, projectPath, checkpointSeconds },
      windowDir: resolve(options.window ?? windowDir),
      isFirst: true,
    },
    ...signals,
    onListening: (bound) => {
      stdout.write(`Acclimate is at ${addressOf(bound, secrets.token)}\n`);
      if (secrets.onceToken === null) return;
      void openAddress(addressOf(bound, secrets.onceToken)).then((isOpen) => {
        if (!isOpen) stderr.write('There is no browser to open here; open the address yourself.\n');
      });
    },
    onRestart: (message) => void stderr.write(`${message}\n`),
  });
}

/** 2 where the command was not understood, 1 where it failed. */
async function main(argv: readonly string[]): Promise<number> {
  try {
    await createServeCommand()
      .action((options: ServeArguments) => serve(options))
      .parseAsync([...argv]);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const isExpected = error instanceof AppError;
    stderr.write(isExpected ? `${error.message}\n` : `Something went wrong that should not have: ${String(error)}\n`);
    return isExpected && error.details['misuse'] === true ? 2 : 1;
  }
}

exit(await main(process.argv));
