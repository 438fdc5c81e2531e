import { cpSync, existsSync, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AdaptReport } from '../../electron/services/adaptation/adapt-model.ts';
import type { EmbedReport } from '../../electron/services/mapping/embed-images.ts';
import type { ImportReport } from '../../electron/services/intake/import-folder.ts';
import type { StatusReport } from '../../electron/services/status.ts';
import type { TrainReport } from '../../electron/services/classifiers/train-classifier.ts';
import { integrity, killWhen, ownFolder, query, run, runJson, writeSample } from './cli.ts';

const numImages = 6 * 24;
const tiny = ['--base', 'scratch:tiny', '--method', 'diet', '--px', '32', '--batch', '16'];
const often = ['--checkpoint-seconds', '0.1'];

/** A folder with the sample and with projects that tests take copies of. */
let shared = '';
let removeShared = (): void => undefined;

afterAll(() => removeShared());

beforeAll(async () => {
  shared = ownFolder((clean) => (removeShared = clean));
  expect(await writeSample(join(shared, 'sample'), 24)).toBe(numImages);
  await runJson(shared, 'import', 'sample', '-p', 'labelled.acclimate');
  await runJson(shared, 'label', '--from-folders', '-p', 'labelled.acclimate');
  cpSync(join(shared, 'labelled.acclimate'), join(shared, 'trained.acclimate'));
  await runJson(shared, 'train', ...['--base', 'scratch:tiny'], ...['--sizes', '32'], '-p', 'trained.acclimate');
});

/** A folder of the test's own with a copy of a project. */
function copyOf(name: 'labelled' | 'trained'): { cwd: string; project: string } {
  const cwd = ownFolder();
  const project = join(cwd, 'p.acclimate');
  cpSync(join(shared, `${name}.acclimate`), project);
  return { cwd, project };
}

function labelsOf(project: string): unknown {
  return [
    'SELECT * FROM labels ORDER BY image_id',
    'SELECT * FROM label_groups ORDER BY id',
    'SELECT * FROM label_changes ORDER BY group_id, image_id',
  ].map((sql) => query(project, sql));
}

interface SavedState {
  readonly step: number;
  readonly elapsedMs: number;
}

function newestCheckpoint(project: string): SavedState {
  const [row] = query<{ meta: string }>(
    project,
    'SELECT meta FROM checkpoints WHERE size_bytes >= 0 ORDER BY job_id DESC, seq DESC LIMIT 1',
  );
  return JSON.parse(JSON.parse(row?.meta ?? 'null') as string) as SavedState;
}

const numCheckpoints = (project: string): number =>
  query<{ seq: number }>(project, 'SELECT seq FROM checkpoints WHERE size_bytes >= 0').at(-1)?.seq ?? 0;

/** Kills the command when it is due, checks the file, and returns after the labels are found as they were. */
async function killAndCheck(cwd: string, project: string, args: readonly string[], isDue: (stderr: string) => boolean): Promise<void> {
  const before = labelsOf(project);
  const killed = await killWhen(cwd, args, isDue);
  expect(killed).toMatchObject({ code: null, signal: 'SIGKILL', stdout: '' });
  expect(integrity(project)).toBe('ok');
  expect(labelsOf(project)).toEqual(before);
}

/** The number of the first step that was told of. */
function firstStep(stderr: string, verb: string): number {
  return Number(new RegExp(`${verb}  (\\d+) of`).exec(stderr)?.[1]);
}

describe('after kill -9 the same command succeeds and labels are intact:', () => {
  it('import', async () => {
    const { cwd, project } = copyOf('labelled');
    const numMore = await writeSample(join(cwd, 'more'), 20, 2);
    const args = ['import', 'more', '-p', 'p.acclimate'];
    await killAndCheck(cwd, project, args, (stderr) => stderr.includes('Reading images'));
    // Nothing of a scan that has not finished.
    expect(query(project, "SELECT 1 FROM images WHERE status = 'ok'")).toHaveLength(numImages);
    const labels = labelsOf(project);
    expect(await runJson<ImportReport>(cwd, ...args)).toMatchObject({ numImages: numMore, problems: [] });
    expect(query(project, "SELECT 1 FROM images WHERE status = 'ok'")).toHaveLength(numImages + numMore);
    expect(labelsOf(project)).toEqual(labels);
  });

  it('adapt, which goes on from its checkpoint', async () => {
    const { cwd, project } = copyOf('labelled');
    const numSteps = 120;
    const args = ['adapt', ...tiny, '--steps', String(numSteps), ...often, '-p', 'p.acclimate'];
    await killAndCheck(cwd, project, args, () => numCheckpoints(project) >= 2);
    const saved = newestCheckpoint(project);
    expect(saved.step).toBeGreaterThan(0);
    expect(saved.step).toBeLessThan(numSteps);
    const status = await runJson<StatusReport>(cwd, 'status', '-p', 'p.acclimate');
    expect(status.jobs[0]).toMatchObject({ kind: 'adapt', status: 'interrupted' });

    const again = await run(cwd, ...args);
    expect(again.code, again.stderr).toBe(0);
    expect(firstStep(again.stderr, 'Adapting')).toBeGreaterThan(saved.step);
    const [job, ...others] = query<{ result: string }>(project, "SELECT result FROM jobs WHERE kind = 'adapt'");
    expect(others).toEqual([]);
    const report = JSON.parse(job?.result ?? 'null') as AdaptReport;
    expect(report.numSteps).toBe(numSteps);
    expect(report.curves).toContainEqual(expect.objectContaining({ step: saved.step }));
    expect(1e3 * report.seconds).toBeGreaterThan(saved.elapsedMs);
    expect(query(project, "SELECT 1 FROM models WHERE kind = 'adapted'")).toHaveLength(1);
    expect(query(project, 'SELECT 1 FROM checkpoints')).toEqual([]);
  });

  it('embed, which computes only what is missing', async () => {
    const { cwd, project } = copyOf('trained');
    const args = ['embed', '--model', '1', '--px', '192', '-p', 'p.acclimate'];
    const numRows = (): number => query(project, 'SELECT 1 FROM embeddings JOIN embedding_sets ON id = set_id WHERE px = 192').length;
    await killAndCheck(cwd, project, args, () => numRows() > 0);
    const numThere = numRows();
    expect(numThere).toBeLessThan(numImages);
    expect(await runJson<EmbedReport>(cwd, ...args)).toMatchObject({ numImages, numComputed: numImages - numThere });
    expect(numRows()).toBe(numImages);
  });

  it('train, which goes on from its checkpoint', async () => {
    const { cwd, project } = copyOf('trained');
    const numSteps = 120;
    const args = ['train', '--sizes', '32', '--finetune-steps', String(numSteps), ...often, '-p', 'p.acclimate'];
    await killAndCheck(cwd, project, args, () => numCheckpoints(project) >= 2);
    const saved = newestCheckpoint(project);
    expect(query(project, "SELECT 1 FROM models WHERE kind = 'classifier'")).toHaveLength(1);
    const again = await run(cwd, ...args);
    expect(again.code, again.stderr).toBe(0);
    expect(firstStep(again.stderr, 'Fine-tuning')).toBeGreaterThan(saved.step);
    const [job] = query<{ result: string }>(project, "SELECT result FROM jobs WHERE kind = 'train' ORDER BY id DESC");
    expect((JSON.parse(job?.result ?? 'null') as TrainReport).finetuneSteps).toBe(numSteps);
    expect(query(project, "SELECT 1 FROM models WHERE kind = 'classifier'")).toHaveLength(2);
  });

  it('export, which leaves no package or a whole one', async () => {
    const { cwd, project } = copyOf('trained');
    const args = ['export', '-o', 'package', '-p', 'p.acclimate'];
    const out = join(cwd, 'package');
    const isWriting = (): boolean => existsSync(join(cwd, '.package.acclimate-partial'));
    await killAndCheck(cwd, project, args, isWriting);
    expect(existsSync(out)).toBe(false);
    await runJson(cwd, ...args);
    expectWholePackage(out);
    const first = readFileSync(join(out, 'manifest.json'), 'utf8');

    await killAndCheck(cwd, project, args, isWriting);
    expectWholePackage(out);
    expect(readFileSync(join(out, 'manifest.json'), 'utf8')).toBe(first);
    await runJson(cwd, ...args);
    expectWholePackage(out);
    expect(readFileSync(join(out, 'manifest.json'), 'utf8')).not.toBe(first);
    expect(isWriting()).toBe(false);
  });
});

function expectWholePackage(dir: string): void {
  const { files } = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8')) as { files: { name: string; sha256: string }[] };
  expect(files.map(({ name }) => name)).toContain('model.onnx');
  for (const { name, sha256 } of files) {
    expect(
      createHash('sha256')
        .update(readFileSync(join(dir, name)))
        .digest('hex'),
    ).toBe(sha256);
  }
}
