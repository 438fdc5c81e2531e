/** `npm start`: the desktop window where Electron can run, else the same window served to a browser. One line says which, and why. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, env, execPath, exit, getuid, platform, stderr } from 'node:process';
import { fileURLToPath } from 'node:url';
import { findElectron } from './electron-binary.ts';

interface PackageFile {
  readonly main?: string;
  readonly scripts?: Readonly<Record<string, string>>;
}

const repository = fileURLToPath(new URL('../..', import.meta.url));
const buildScript = 'build:electron';
/** One that ends sooner and badly has not opened a window: libraries or the sandbox are missing. */
const startupMs = 10_000;

const line = (text: string): void => void stderr.write(`${text}\n`);

interface Ending {
  readonly code: number | null;
  readonly how: string;
  readonly afterMs: number;
}

function run(command: string, args: readonly string[]): Promise<Ending> {
  const startMs = performance.now();
  return new Promise((resolve) => {
    const end = (code: number | null, how: string): void => resolve({ code, how, afterMs: performance.now() - startMs });
    const child = spawn(command, args, { cwd: repository, stdio: 'inherit' });
    child.once('error', (error) => end(null, error.message));
    child.once('close', (code, signal) => end(code, signal ?? `code ${code ?? '?'}`));
  });
}

/** Opens the desktop window and ends with it. Returns why it did not open. */
async function openWindow(args: readonly string[]): Promise<string> {
  const packageFile = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as PackageFile;
  if (packageFile.main === undefined || packageFile.scripts?.[buildScript] === undefined)
    return 'the desktop window is not part of this copy';
  const packageDir = join(repository, 'node_modules', 'electron');
  const failurePath = join(repository, 'node_modules', '.cache', 'acclimate', 'electron-download-failed');
  const found = await findElectron(
    { platform, env, isRoot: getuid?.() === 0, packageDir, failurePath, nowMs: Date.now() },
    { onDownload: () => line('Fetching Electron, once, for a minute at most.') },
  );
  if ('reason' in found) return found.reason;
  const npm = env['npm_execpath'];
  if (npm === undefined) return 'it was not started by npm';
  const built = await run(execPath, [npm, 'run', '--silent', buildScript]);
  if (built.code !== 0) return `its build failed (${built.how})`;
  line('Opening the desktop window, since Electron is here.');
  const ended = await run(found.binary, [repository, ...args]);
  if (ended.code === 0 || ended.afterMs > startupMs) exit(ended.code ?? 1);
  return `Electron could not start (${ended.how})`;
}

const reason = await openWindow(argv.slice(2));
line(`Serving to a browser instead of a desktop window, since ${reason}.`);
await import('./main.ts');
