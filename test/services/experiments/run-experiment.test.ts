import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Grid } from '../../../electron/services/experiments/grid.ts';
import { runExperiment } from '../../../electron/services/experiments/run-experiment.ts';
import type { ExperimentRequest } from '../../../electron/services/experiments/run-experiment.ts';
import { openWorkspace } from '../../../electron/services/workspace.ts';
import { testImages } from '../../../electron/services/intake/test-split.ts';
import { pictureProject } from '../labelled-project.ts';

const grid: Grid = {
  bases: ['scratch:tiny'],
  chains: [[]],
  methods: ['byol', 'diet'],
  budgets: [{ steps: 2 }, { steps: 4 }],
  augmentations: [{ name: 'own', choice: null }],
  imageCounts: [null],
  normOnly: [false],
  seeds: [0],
};

it('measures every cell on images kept apart, writes tables and charts, and goes on where it stopped', { timeout: 60_000 }, async () => {
  const { folder } = await pictureProject({ red: 30, blue: 30 });
  const outDir = join(folder, 'experiment');
  const controller = new AbortController();
  const open = (signal?: AbortSignal) => {
    const workspace = openWorkspace({
      projectPath: join(folder, 'grid.acclimate'),
      create: true,
      cacheDir: join(folder, 'cache'),
      ...(signal && { signal }),
    });
    onTestFinished(() => workspace.close());
    return workspace;
  };
  const request: ExperimentRequest = {
    folder: join(folder, 'pictures'),
    labels: 'folders',
    grid,
    px: 32,
    batch: 8,
    testPx: [32],
    labelCounts: [8, 16],
    numDraws: 2,
    testShare: 0.3,
    maxTest: 12,
    outDir,
  };

  const first = open(controller.signal);
  const stopped = runExperiment(first, request, (_, index) => {
    if (index === 2) controller.abort(new Error('enough'));
  });
  await expect(stopped).rejects.toThrow('enough');
  first.close();
  expect(readFileSync(join(outDir, 'table.md'), 'utf8')).toContain('byol');

  const workspace = open();
  const report = await runExperiment(workspace, request);
  expect(report.rows.length).toBe(5 * 2);
  expect(report.numTest).toBeLessThanOrEqual(12);
  // Colours are told apart by any network: the probe works end to end.
  expect(report.rows.filter(({ numLabels }) => numLabels === 16).every(({ accuracy }) => accuracy!.mean > 0.8)).toBe(true);
  expect(report.files.every(existsSync)).toBe(true);
  expect(report.files.map((path) => path.split('/').at(-1))).toContain('by-budget.svg');
  const adaptations = workspace.project.jobs.list().filter(({ kind }) => kind === 'adapt');
  expect(adaptations.length).toBe(4);
  const held = new Set(testImages(workspace));
  expect(held.size).toBeGreaterThan(0);
  for (const { metrics } of workspace.project.models.list().filter(({ kind }) => kind === 'adapted')) {
    expect((metrics as { numImages: number }).numImages).toBe(60 - held.size);
  }

  const numJobs = workspace.project.jobs.list().length;
  const again = await runExperiment(workspace, request);
  expect(again.rows).toEqual(report.rows);
  // Only the look at the folder is repeated.
  expect(workspace.project.jobs.list().length).toBe(numJobs + 1);
});

it('says when there are too few labelled images', async () => {
  const { workspace, folder } = await pictureProject({ red: 10, blue: 10 });
  const request = {
    folder: join(folder, 'pictures'),
    labels: 'folders',
    grid,
    px: 32,
    batch: 8,
    testPx: [32],
    labelCounts: [100],
  } as const;
  await expect(
    runExperiment(workspace, { ...request, numDraws: 1, testShare: 0.2, maxTest: 10, outDir: join(folder, 'out') }),
  ).rejects.toThrow(/the experiment asks for 100 labels/);
});
