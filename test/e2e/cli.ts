/** The command line as a process of its own, in a folder of the test's own. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';
import { makeSample } from '../../electron/services/intake/make-sample.ts';
import { createRandom } from '../../electron/tensor/random.ts';

const mainPath = fileURLToPath(new URL('../../electron/cli/main.ts', import.meta.url));
/** The runtime that ships: plain Node, which may be another one than the tests run in. */
const nodePath = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));
/** Compiled scripts are kept between commands, which halves what starting one takes. */
const compiledDir = fileURLToPath(new URL('../../node_modules/.cache/e2e-compiled', import.meta.url));
/** Between two looks at something another process is to bring about. */
const pollMs = 5;
const patienceMs = 100_000;
/** So that no process outlives its test for long. */
const limit = { timeout: 115_000, killSignal: 'SIGKILL' } as const;

export interface Outcome {
  /** Null after a signal. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running command. */
export interface Running {
  readonly outcome: Promise<Outcome>;
  /** Waits until `isDue` holds, looking often. Throws where the command ends before. */
  readonly until: (isDue: (stderr: string) => boolean) => Promise<void>;
  readonly send: (signal: NodeJS.Signals) => void;
}

/** A folder that is removed when the present test is done; for several tests, when what `onDone` is given is called. */
export function ownFolder(onDone: (clean: () => void) => void = onTestFinished): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'acclimate-e2e-')));
  onDone(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** Starts `acclimate ...args` in `cwd`, with the pixel cache in it. */
export function start(cwd: string, args: readonly string[]): Running {
  const child = spawn(nodePath, [mainPath, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...limit,
    env: { ...env, ACCLIMATE_CACHE: join(cwd, 'cache'), NODE_COMPILE_CACHE: compiledDir, NO_COLOR: '1' },
  });
  return watch(child);
}

/** Runs `node ...args` in `cwd`: any script, without the app. */
export function runNode(cwd: string, args: readonly string[]): Promise<Outcome> {
  return watch(spawn(nodePath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], ...limit })).outcome;
}

function watch(child: ChildProcess): Running {
  let [stdout, stderr, hasEnded] = ['', '', false];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      hasEnded = true;
      resolve({ code, signal, stdout, stderr });
    });
  });
  return {
    outcome,
    send: (signal) => child.kill(signal),
    until: async (isDue) => {
      const startMs = performance.now();
      while (!isDue(stderr)) {
        if (hasEnded) throw new Error(`The command ended too early.\n${stdout}\n${stderr}`);
        if (performance.now() - startMs > patienceMs) throw new Error(`Waited too long.\n${stderr}`);
        await setTimeout(pollMs);
      }
    },
  };
}

/** Runs a command to its end. */
export async function run(cwd: string, ...args: readonly string[]): Promise<Outcome> {
  return await start(cwd, args).outcome;
}

/** Runs a command that must succeed and returns what it prints as JSON. */
export async function runJson<Report = Record<string, unknown>>(cwd: string, ...args: readonly string[]): Promise<Report> {
  const { code, stdout, stderr } = await run(cwd, ...args, '--json');
  if (code !== 0) throw new Error(`acclimate ${args.join(' ')} ended with ${code}:\n${stderr}`);
  return JSON.parse(stdout) as Report;
}

/** Runs a command and kills it (`kill -9` unless told) as soon as `isDue` holds. Throws where it ends before. */
export async function killWhen(
  cwd: string,
  args: readonly string[],
  isDue: (stderr: string) => boolean,
  signal: NodeJS.Signals = 'SIGKILL',
): Promise<Outcome> {
  const running = start(cwd, args);
  await running.until(isDue);
  running.send(signal);
  return await running.outcome;
}

/** What a query finds in a project file, read beside whoever writes to it. Nothing while there is no such file or table yet. */
export function query<Row>(projectPath: string, sql: string): Row[] {
  let database: Database.Database | null = null;
  try {
    database = new Database(projectPath, { readonly: true, fileMustExist: true });
    return database.prepare<[], Row>(sql).all();
  } catch (error) {
    if (error instanceof Database.SqliteError && (/CANTOPEN|BUSY/.test(error.code) || error.message.startsWith('no such table'))) return [];
    throw error;
  } finally {
    database?.close();
  }
}

/** What SQLite says of the file: `ok` where it is sound. */
export function integrity(projectPath: string): string {
  const database = new Database(projectPath, { readonly: true, fileMustExist: true });
  try {
    return String(database.pragma('integrity_check', { simple: true }));
  } finally {
    database.close();
  }
}

/** Writes the sample images that come with the app, a folder for each of six kinds. */
export async function writeSample(dir: string, numPerKind: number, seed = 1): Promise<number> {
  return await makeSample(dir, numPerKind, seed, { signal: new AbortController().signal, onProgress: () => undefined });
}

const colours = { red: [200, 40, 40], 'leaf green': [40, 170, 60], 'bleu foncé': [30, 50, 160] } as const;

/** Writes images that any classifier tells apart, a folder for each of three colours; returns their paths in `dir` and classes. */
export async function writeColours(dir: string, numPerColour: number): Promise<{ path: string; label: string }[]> {
  const random = createRandom(5);
  const sidePx = 48;
  const images: { path: string; label: string }[] = [];
  for (const [label, rgb] of Object.entries(colours)) {
    mkdirSync(join(dir, label), { recursive: true });
    for (let i = 0; i < numPerColour; i++) {
      const path = `${label}/${i}.png`;
      const pixels = Uint8Array.from({ length: sidePx * sidePx * 3 }, (_, at) => (rgb[at % 3] ?? 0) + random.int(40) - 20);
      await sharp(pixels, { raw: { width: sidePx, height: sidePx, channels: 3 } })
        .png({ compressionLevel: 1 })
        .toFile(join(dir, path));
      images.push({ path, label });
    }
  }
  return images;
}
