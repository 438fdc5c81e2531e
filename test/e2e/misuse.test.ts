import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { geteuid } from 'node:process';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StatusReport } from '../../electron/services/status.ts';
import { killWhen, ownFolder, query, run, runJson, start, writeColours } from './cli.ts';

/** A folder with images and a project of them, for tests that leave both as they are. */
let shared = '';
let removeShared = (): void => undefined;

afterAll(() => removeShared());

beforeAll(async () => {
  shared = ownFolder((clean) => (removeShared = clean));
  await writeColours(join(shared, 'images'), 10);
  await runJson(shared, 'import', 'images', '-p', 'p.acclimate');
});

const project = ['-p', 'p.acclimate'];
const scratch = ['--base', 'scratch:tiny'];

/** Checks commands in pairs, since each is mostly waiting for its process to start. `lane` tells the two of a pair apart. */
async function each<Case>(cases: readonly Case[], check: (one: Case, lane: number) => Promise<void>): Promise<void> {
  for (let i = 0; i < cases.length; i += 2) await Promise.all(cases.slice(i, i + 2).map(check));
}

function ownProject(): string {
  const cwd = ownFolder();
  cpSync(join(shared, 'p.acclimate'), join(cwd, 'p.acclimate'));
  return cwd;
}

it('ends with 2 and says what is wrong where a command cannot be understood', async () => {
  const cases: [string[], RegExp][] = [
    [['fly'], /unknown command 'fly'/],
    [[], /Usage: acclimate/],
    [['import', 'images'], /required option '-p, --project/],
    [['import', ...project], /missing required argument 'folders'/],
    [['status', '--frobnicate', ...project], /unknown option '--frobnicate'[^]*--help/],
    [['adapt', ...project], /required option '--base/],
    [['adapt', ...project, ...scratch, '--steps', 'many'], /whole number above 0/],
    [['adapt', ...project, ...scratch, '--minutes', '-3'], /number above 0/],
    [['adapt', ...project, ...scratch, '--minutes', '1', '--steps', '5'], /cannot be used with/],
    [['adapt', ...project, ...scratch, '--px', '4'], /between 16 and 1024/],
    [['adapt', ...project, ...scratch, '--method', 'magic'], /Allowed choices are byol, diet/],
    [['train', ...project, '--alongside', 'byol'], /is for fine-tuning: give --finetune-steps/],
    [['experiment', 'images', ...scratch, '--labels-from-folders', '-o', 'out', '--methods', 'magic'], /Choose from byol, diet/],
    [['experiment', 'images', ...scratch, '--labels-from-folders', '-o', 'out', '--views', 'photos-smell'], /what to leave out/],
    [['experiment', 'images', ...scratch, '-o', 'out'], /either --labels FILE.csv or --labels-from-folders/],
    [['label', ...project], /--file FILE, --csv FILE or --from-folders/],
    [['label', ...project, '--csv', 'a.csv', '--from-folders'], /cannot be used with/],
    [['train', ...project, '--sizes', '32,,64'], /whole number above 0/],
    [['run', 'images', '-p', 'new.acclimate', '-o', 'out', ...scratch], /either --labels FILE.csv or --labels-from-folders/],
    [['run', 'images', '-p', 'new.acclimate', '-o', 'out', ...scratch, '--labels-from-folders', '--test-share', '1'], /share from 0/],
  ];
  await each(cases, async ([args, message]) => {
    const { code, stdout, stderr } = await run(shared, ...args);
    expect(`${code} ${stderr}`).toMatch(/^2 /);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
  });
  // What cannot be understood makes no project either.
  expect((await run(shared, 'status', '-p', 'new.acclimate')).code).toBe(1);
});

it('ends with 0 after help, which names every option', async () => {
  const [all, one] = await Promise.all([run(shared, '--help'), run(shared, 'run', '--help')]);
  expect([all.code, one.code]).toEqual([0, 0]);
  for (const name of ['import', 'adapt', 'embed', 'suggest', 'label', 'train', 'evaluate', 'export', 'status', 'run', 'demo']) {
    expect(all.stdout).toMatch(new RegExp(`^ +${name} `, 'm'));
  }
  for (const name of ['--labels', '--labels-from-folders', '--base', '--minutes', '--num-labels', '--json', '--out']) {
    expect(one.stdout).toContain(name);
  }
});

describe('ends with 1 and says what to do', () => {
  it('where a project, folder or weights file is not what it should be', async () => {
    const cwd = ownProject();
    // A project has one writer, so each of two commands at a time gets its own.
    for (const name of ['newer', 'p0', 'p1']) cpSync(join(cwd, 'p.acclimate'), join(cwd, `${name}.acclimate`));
    const database = new Database(join(cwd, 'newer.acclimate'));
    database.pragma('user_version = 999');
    database.close();
    writeFileSync(join(cwd, 'text.acclimate'), 'These are my notes, not a project. '.repeat(10));
    writeFileSync(join(cwd, 'broken.safetensors'), Buffer.alloc(100, 7));
    writeFileSync(join(cwd, 'mine.txt'), 'mine');
    mkdirSync(join(cwd, 'mine'));
    writeFileSync(join(cwd, 'mine', 'thesis.txt'), 'mine');
    const images = join(shared, 'images');
    const go = ['--labels-from-folders', '--steps', '5', '-p', 'new.acclimate'];
    const cases: [string[], RegExp][] = [
      [['status', '-p', 'missing.acclimate'], /no project at .*missing\.acclimate\. Check the path/],
      [['status', '-p', 'text.acclimate'], /not an Acclimate project\. Choose/],
      [['status', '-p', 'newer.acclimate'], /saved by a newer Acclimate .*Update Acclimate/],
      [['status', '-p', '.'], /is a folder\. Choose a project file/],
      [['import', 'missing', '-p', 'new.acclimate'], /no folder .*missing.*Check the path/],
      [['import', 'mine.txt', '-p', 'new.acclimate'], /is a file\. Give the folder/],
      [['import', images, '-p', 'missing/new.acclimate'], /folder .*missing does not exist\. Create it/],
      [['adapt', '--base', 'missing.safetensors', ...project], /cannot be read\. Give a safetensors file/],
      [['adapt', '--base', 'broken.safetensors', ...project], /safetensors/],
      [['adapt', '--base', 'scratch:brain', ...project], /No network is called "brain"; choose one of/],
      [['embed', ...project], /no adapted model yet\. Adapt one first/],
      [['embed', '--model', '77', ...project], /no model number 77/],
      [['train', ...project, ...scratch], /no labels to learn from yet\. Label some images first/],
      [['evaluate', ...project], /no classifier model yet\. Train one first/],
      [['export', ...project, '-o', 'out'], /no classifier model yet\. Train one first/],
      [['run', 'missing', ...scratch, '-o', 'out', ...go], /no folder/],
      [['run', images, '--base', 'broken.safetensors', '-o', 'out', ...go], /safetensors/],
      [['run', images, ...scratch, '-o', 'mine', ...go], /mine is not empty and not an earlier export.*Choose another folder/],
    ];
    await each(cases, async ([args, message], lane) => {
      const own = args.map((arg) => (arg === 'p.acclimate' ? `p${lane}.acclimate` : arg));
      const { code, stdout, stderr } = await run(cwd, ...own);
      expect(`${code} ${stderr}`).toMatch(/^1 acclimate: /);
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/ {4}at .*:\d+:\d+/);
      expect(stdout).toBe('');
    });
    // What was bound to fail made no project.
    expect((await run(cwd, 'status', '-p', 'new.acclimate')).stderr).toMatch(/There is no project/);
    expect(readFileSync(join(cwd, 'mine', 'thesis.txt'), 'utf8')).toBe('mine');
  });

  it('where a file of labels cannot be taken, and then takes none of it', async () => {
    const cwd = ownProject();
    const cases: [string, string | Buffer, RegExp][] = [
      ['quotes.csv', 'red/0.png,"red\nred/1.png,red', /quotes\.csv is not valid CSV/],
      ['latin1.csv', Buffer.from('red/0.png,caf\xe9\n', 'latin1'), /not UTF-8 text\. Save it as CSV UTF-8/],
      ['others.csv', 'cat.png,cat\ndog.png,dog\n', /labels no image of this project: line 1: cat\.png.*Check its paths/],
      [
        'twice.csv',
        'red/0.png,red\nred/0.png,green\n',
        /twice\.csv, line 2: red\/0\.png is labelled green, but line 1 says red\. Keep one/,
      ],
      ['one-column.csv', 'red/0.png\nred/1.png\n', /line 1: two columns are needed/],
      ['empty.csv', '', /empty\.csv has no row with a path and a label/],
    ];
    for (const [name, content] of cases) writeFileSync(join(cwd, name), content);
    // One after the other: a project has one writer.
    for (const [name, , message] of [...cases, ['missing.csv', '', /missing\.csv cannot be read/] as const]) {
      const { code, stdout, stderr } = await run(cwd, 'label', '--csv', name, ...project);
      expect(`${code} ${stderr}`).toMatch(/^1 acclimate: /);
      expect(stderr).toMatch(message);
      expect(stdout).toBe('');
    }
    expect(query(join(cwd, 'p.acclimate'), 'SELECT 1 FROM labels')).toEqual([]);
    expect(query(join(cwd, 'p.acclimate'), 'SELECT 1 FROM classes')).toEqual([]);
  });

  it.skipIf(geteuid?.() === 0)('where the folder of the project is read-only, but reads it', async () => {
    const cwd = ownProject();
    chmodSync(cwd, 0o555);
    try {
      const [written, read] = await Promise.all([run(cwd, 'label', '--from-folders', ...project), run(cwd, 'status', ...project)]);
      expect(written.code).toBe(1);
      expect(written.stderr).toMatch(/is read-only\. Copy the project/);
      expect(read.code).toBe(0);
    } finally {
      chmodSync(cwd, 0o755);
    }
  });
});

it('refuses a second writer naming the first, lets readers in, and leaves a checkpoint on Ctrl+C', async () => {
  const cwd = ownProject();
  const file = join(cwd, 'p.acclimate');
  const args = ['adapt', ...scratch, '--method', 'diet', '--px', '32', '--batch', '16', '--minutes', '5', ...project];
  const running = start(cwd, args);
  await running.until((stderr) => stderr.includes('Adapting'));
  const [second, reader] = await Promise.all([
    run(cwd, 'label', '--from-folders', ...project),
    runJson<StatusReport>(cwd, 'status', ...project),
  ]);
  expect(second.code).toBe(1);
  expect(second.stderr).toMatch(/already open for writing by process \d+ .*Close it there/);
  expect(reader.jobs[0]).toMatchObject({ kind: 'adapt', status: 'running' });

  running.send('SIGINT');
  const stopped = await running.outcome;
  expect(stopped).toMatchObject({ code: 130, signal: null, stdout: '' });
  expect(stopped.stderr).toMatch(/Adapting {2}\d+ s of 5 min[^]*Stopped\. What was done is kept; run the same command again/);
  expect(query(file, 'SELECT status FROM jobs ORDER BY id DESC LIMIT 1')).toEqual([{ status: 'interrupted' }]);
  expect(query(file, 'SELECT 1 FROM checkpoints')).toHaveLength(1);
  expect(query(file, 'SELECT 1 FROM models')).toHaveLength(1);

  const again = await killWhen(cwd, args, (stderr) => stderr.includes('Adapting'), 'SIGTERM');
  expect(again.code).toBe(130);
  expect(query(file, 'SELECT seq FROM checkpoints ORDER BY seq')).toEqual([{ seq: 1 }, { seq: 2 }]);
});

it('notes files that vanish between the import and their use, and goes on without them', async () => {
  const cwd = ownFolder();
  await writeColours(join(cwd, 'images'), 10);
  await runJson(cwd, 'import', 'images', ...project, '--test-share', '0');
  rmSync(join(cwd, 'images', 'red', '3.png'));
  rmSync(join(cwd, 'cache'), { recursive: true });
  const { code, stdout, stderr } = await run(cwd, 'embed', ...scratch, '--px', '32', ...project);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/Note: red\/3\.png: .+/);
  expect(stdout).toContain('29 images at 32 px');
});
