import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { AdaptReport } from '../../electron/services/adaptation/adapt-model.ts';
import type { SourceReport } from '../../electron/services/adaptation/choose-source.ts';
import type { ProbeLayersReport } from '../../electron/services/classifiers/probe-layers.ts';
import type { StudentReport } from '../../electron/services/classifiers/train-student.ts';
import type { TrainReport } from '../../electron/services/classifiers/train-classifier.ts';
import type { ExperimentReport } from '../../electron/services/experiments/run-experiment.ts';
import { ownFolder, run, runJson, writeColours, writeSample } from './cli.ts';

const project = ['-p', 'p.acclimate'];
const small = ['--px', '32', '--steps', '3'];

it('goes from a stage on another folder to a student, one command each', { timeout: 180_000 }, async () => {
  const cwd = ownFolder();
  await writeColours(join(cwd, 'images'), 16);
  await writeSample(join(cwd, 'others'), 4);
  await runJson(cwd, 'import', 'images', ...project);
  await runJson(cwd, 'label', '--from-folders', ...project);

  const sources = await runJson<SourceReport>(
    cwd,
    'choose-source',
    'others',
    '--base',
    'scratch:tiny',
    ...small,
    '--test-px',
    '32',
    ...project,
  );
  expect(sources).toMatchObject({ basis: 'labels', scores: [{ folder: null }, {}] });
  const stage = sources.scores[1]!.modelId;
  const adapted = await runJson<AdaptReport>(cwd, 'adapt', '--base', `model:${stage}`, '--method', 'moco', ...small, ...project);
  expect(adapted).toMatchObject({ method: 'moco', numSteps: 3 });

  const layers = await runJson<ProbeLayersReport>(cwd, 'probe-layers', '--px', '32', ...project);
  expect(layers.layers.map(({ dim }) => dim)).toEqual([16, 32, 48]);

  const beside = ['--finetune-steps', '2', '--alongside', 'byol'];
  const trained = await runJson<TrainReport>(cwd, 'train', '--sizes', '32', ...beside, ...project);
  expect(trained.finetuneSteps).toBe(2);
  const student = await runJson<StudentReport>(
    cwd,
    'student',
    '--base',
    'scratch:tiny',
    ...small,
    '--sizes',
    '32',
    '--logit-steps',
    '2',
    ...project,
  );
  expect(student.teacher.modelId).toBe(trained.modelId);
  expect(student.student.accuracy?.estimate).toBeGreaterThan(0.8);

  const { stdout } = await run(
    cwd,
    'student',
    '--base',
    'scratch:tiny',
    ...small,
    '--sizes',
    '32',
    '--logit-steps',
    '2',
    '--teacher',
    String(trained.modelId),
    ...project,
  );
  expect(stdout).toMatch(/teacher +tiny[^]*student +tiny[^]*times fewer parameters/);
});

it('compares methods on one folder', { timeout: 120_000 }, async () => {
  const cwd = ownFolder();
  await writeColours(join(cwd, 'images'), 16);
  const grid = [
    '--base',
    'scratch:tiny',
    '--methods',
    'byol,diet',
    '--px',
    '32',
    '--steps',
    '2',
    '--label-counts',
    '6,12',
    '--draws',
    '2',
    '--test-px',
    '32',
  ];
  const request = ['experiment', 'images', '--labels-from-folders', ...grid, '-o', 'out'];
  const report = await runJson<ExperimentReport>(cwd, ...request);
  expect(report.rows.length).toBe(3 * 2);
  expect(report.files.every((path) => existsSync(join(cwd, path)) || existsSync(path))).toBe(true);
  expect(readFileSync(join(cwd, 'out', 'table.md'), 'utf8')).toContain('| unadapted |');
  // Again, nothing is measured anew, and it reads as a table.
  const { stdout, stderr } = await run(cwd, ...request);
  expect(stdout).toMatch(/Measured +on \d+ images of 3 classes[^]*byol/);
  expect(stderr).not.toMatch(/Adapting/);
});
