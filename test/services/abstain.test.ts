import { execFile } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { checkHandlers } from '../../electron/services/api/check.ts';
import { exportModel } from '../../electron/services/classifiers/export-model.ts';
import { readCheck } from '../../electron/services/classifiers/check.ts';
import { trainJob } from '../../electron/services/app-jobs/train.ts';
import { jobContext, pictureProject } from './labelled-project.ts';
import type { LabelledProject } from './labelled-project.ts';

const run = promisify(execFile);
const request = { finetune: false, flip: false, seed: 1, alongside: null } as const;

/** 16 labels of each colour to learn from and 44 kept apart, one of them wrong. */
async function measured(): Promise<LabelledProject> {
  const made = await pictureProject({ red: 38, blue: 38 });
  const { labels, splits } = made.workspace.project;
  for (const colour of ['red', 'blue']) {
    const ids = made.ids(colour);
    labels.assign(ids, made.classId(colour));
    splits.assign('audit', 'test', ids.slice(16));
  }
  labels.assign([made.ids('red')[20]!], made.classId('blue'));
  await trainJob.run(made.workspace, request, jobContext());
  return made;
}

describe('a threshold for none of these', () => {
  it('is set by the risk, shipped in the export, and kept by its script', async () => {
    const made = await measured();
    const { workspace, host, folder } = made;
    const { modelId, abstain, basis } = readCheck(workspace)!;
    expect(basis).toBe('held-out');
    // 44 images cannot promise 5 %.
    expect(abstain).toMatchObject({ maxRisk: 0.05, rule: { isPromised: false, numMeasured: 44 } });
    expect(abstain.words).toContain('so few images cannot promise it');
    const handlers = checkHandlers(host);
    const loose = (await handlers['check.setRisk']({ maxRisk: 0.3 }))!.abstain;
    expect(loose).toMatchObject({ maxRisk: 0.3, rule: { isPromised: true, coverage: 1 } });
    expect(loose.words).toContain('promises that at most 30 % of the answers are wrong (in 95 of 100 cases)');
    expect(loose.rule!.riskBound).toBeLessThanOrEqual(0.3);

    const outDir = join(folder, 'package');
    await exportModel(workspace, modelId, outDir);
    const { minProbability, abstention } = JSON.parse(readFileSync(join(outDir, 'labels.json'), 'utf8')) as {
      minProbability: number;
      abstention: { maxRisk: number; isPromised: boolean };
    };
    expect(minProbability).toBeCloseTo(loose.rule!.minProbability, 5);
    expect(minProbability).toBeLessThanOrEqual(loose.rule!.minProbability);
    expect(abstention).toMatchObject({ maxRisk: 0.3, isPromised: true });
    const card = readFileSync(join(outDir, 'README.md'), 'utf8');
    expect(card).toContain('the scripts give “none of these” for them');

    // Everything measured is answered; what is half red and half blue is not.
    const between = join(folder, 'between.png');
    const half = Uint8Array.from({ length: 32 * 32 * 3 }, (_, at) => [126, 50, 124][at % 3]!);
    await sharp(half, { raw: { width: 32, height: 32, channels: 3 } })
      .png()
      .toFile(between);
    symlinkSync(resolve('node_modules'), join(outDir, 'node_modules'));
    const csv = join(folder, 'answers.csv');
    const { stdout } = await run(process.execPath, [
      join(outDir, 'predict.mjs'),
      join(folder, 'pictures', 'blue', 'blue-20.png'),
      between,
      '--csv',
      csv,
    ]);
    const rows = parse<Record<string, string>>(readFileSync(csv), { columns: true });
    expect(rows[0]).toMatchObject({ class: 'blue', sure: 'yes', answer: 'blue' });
    expect(Number(rows[1]!['probability'])).toBeLessThan(minProbability);
    expect(rows[1]).toMatchObject({ sure: 'no', answer: 'none of these' });
    expect(stdout).toContain('unsure: none of these');
  });

  it('is left out where an answer is wanted always', async () => {
    const made = await measured();
    const { workspace, host, folder } = made;
    expect((await checkHandlers(host)['check.setRisk']({ maxRisk: null }))!.abstain).toMatchObject({ maxRisk: null, rule: null });
    const outDir = join(folder, 'package');
    await exportModel(workspace, readCheck(workspace)!.modelId, outDir);
    expect(JSON.parse(readFileSync(join(outDir, 'labels.json'), 'utf8'))).toMatchObject({ minProbability: null, abstention: null });
  });
});

describe('the mirror image and the shares of classes', () => {
  it('are judged and taken from the images kept apart where asked for', async () => {
    const made = await measured();
    const { workspace } = made;
    expect(readCheck(workspace)!.views).toBeNull();
    await trainJob.run(workspace, { ...request, flip: true, priors: true }, jobContext());
    const { views, modelId } = readCheck(workspace)!;
    expect(views!.numImages).toBe(32);
    expect(views!.verdicts.map(({ name }) => name)).toEqual(['the mirror image', 'crops', 'the mirror image and crops']);
    for (const { accuracyDifference, accuracy } of views!.verdicts) {
      expect(accuracyDifference.estimate).toBeCloseTo(accuracy - views!.plainAccuracy, 10);
    }
    const { priorShift } = workspace.project.models.get(modelId).settings as { priorShift: number[] };
    // 21 red and 23 blue kept apart, 16 of each learnt from.
    expect(priorShift[0]).toBeCloseTo(Math.log((21 + 1) / 46 / 0.5), 10);
    expect(priorShift[1]).toBeCloseTo(Math.log((23 + 1) / 46 / 0.5), 10);
  });
});
