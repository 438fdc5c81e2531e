import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import type { RunReport } from '../../electron/services/run-everything.ts';
import type { StatusReport } from '../../electron/services/status.ts';
import { integrity, killWhen, ownFolder, query, run, runJson, runNode, writeColours } from './cli.ts';

const numPerColour = 24;
const numImages = 3 * numPerColour;
const quick = ['--base', 'scratch:tiny', '--method', 'diet', '--px', '32', '--adapted-sizes', '32', '--unadapted-sizes', '32'];
const rest = [...quick, '-p', 'p.acclimate', '-o', 'package'];

/** How many jobs of each kind the project has seen. */
function numJobs(project: string): Record<string, number> {
  const rows = query<{ kind: string; n: number }>(project, 'SELECT kind, count(*) AS n FROM jobs GROUP BY kind');
  return Object.fromEntries(rows.map(({ kind, n }) => [kind, n]));
}

interface Prediction {
  readonly path: string;
  readonly label: string;
}

/** What the app has predicted for the images kept apart. */
function heldOutPredictions(project: string, { train, evaluate }: RunReport): Prediction[] {
  const rows = query<{ path: string; probabilities: Uint8Array }>(
    project,
    `SELECT relative_path AS path, probabilities FROM predictions JOIN images ON id = image_id WHERE model_id = ${train.modelId}
      AND image_id IN (SELECT image_id FROM splits WHERE part = 'test') ORDER BY path`,
  );
  return rows.map(({ path, probabilities }) => {
    const values = new Float32Array(Uint8Array.from(probabilities).buffer);
    return { path, label: evaluate?.classes[values.indexOf(Math.max(...values))] ?? '' };
  });
}

/** Classifies the images with the package's own script where nothing of the app can be found, but for ONNX Runtime. */
async function predictOutside(images: string, packageDir: string, paths: readonly string[]): Promise<Prediction[]> {
  const outside = ownFolder();
  const copy = join(outside, 'classifier');
  cpSync(packageDir, copy, { recursive: true });
  mkdirSync(join(copy, 'node_modules'));
  symlinkSync(
    fileURLToPath(new URL('../../node_modules/onnxruntime-node', import.meta.url)),
    join(copy, 'node_modules', 'onnxruntime-node'),
  );
  const files = new Map<string, string>();
  for (const [i, path] of paths.entries()) {
    const { data, info } = await sharp(join(images, path)).raw().toBuffer({ resolveWithObject: true });
    const file = join(outside, `${i}.ppm`);
    writeFileSync(file, Buffer.concat([Buffer.from(`P6\n${info.width} ${info.height}\n255\n`, 'latin1'), data]));
    files.set(file, path);
  }
  const { code, stderr } = await runNode(outside, [join(copy, 'predict.mjs'), ...files.keys(), '--csv', join(outside, 'out.csv')]);
  expect(code, stderr).toBe(0);
  const rows = parse(readFileSync(join(outside, 'out.csv'), 'utf8'), { columns: true }) as unknown as { file: string; class: string }[];
  return rows.map((row) => ({ path: files.get(row.file) ?? basename(row.file), label: row.class }));
}

it('does the whole job, through two kills, without repeating what was done; the package answers alike outside the app', async () => {
  const cwd = ownFolder();
  const project = join(cwd, 'p.acclimate');
  await writeColours(join(cwd, 'images'), numPerColour);
  const args = ['run', 'images', '--labels-from-folders', '--steps', '40', '--checkpoint-seconds', '0.1', ...rest];

  const numCheckpoints = (): number => query(project, 'SELECT 1 FROM checkpoints WHERE size_bytes >= 0').length;
  expect((await killWhen(cwd, args, () => numCheckpoints() > 0)).signal).toBe('SIGKILL');
  expect(integrity(project)).toBe('ok');
  expect((await killWhen(cwd, args, () => existsSync(join(cwd, '.package.acclimate-partial')))).signal).toBe('SIGKILL');
  expect(integrity(project)).toBe('ok');
  const labels = query(project, 'SELECT * FROM labels ORDER BY image_id');
  expect(labels).toHaveLength(numImages);

  const report = await runJson<RunReport>(cwd, ...args);
  expect(report.adapt).toMatchObject({ numSteps: 40, numImages: numImages - report.numTest });
  expect(report.train.numLabels).toBe(numImages - report.numTest);
  expect(report.numTest).toBeGreaterThan(5);
  expect(report.evaluate?.accuracy.estimate).toBe(1);
  expect(report.export.files).toContain('model.onnx');
  expect(query(project, 'SELECT * FROM labels ORDER BY image_id')).toEqual(labels);
  expect(numJobs(project)).toMatchObject({ adapt: 1, embed: 2, train: 1, evaluate: 1, export: 1 });

  const manifest = (): string => readFileSync(join(cwd, 'package', 'manifest.json'), 'utf8');
  const before = manifest();
  const again = await runJson<RunReport>(cwd, ...args);
  expect(again).toEqual({ ...report, import: again.import, export: again.export, seconds: again.seconds });
  expect(again.import).toMatchObject({ numAdded: 0, numUnchanged: numImages });
  expect(numJobs(project)).toMatchObject({ adapt: 1, embed: 2, train: 1, evaluate: 1 });
  expect(query(project, 'SELECT 1 FROM models')).toHaveLength(3);
  expect(query(project, 'SELECT 1 FROM label_groups')).toHaveLength(1);
  expect(manifest()).not.toBe(before);

  const expected = heldOutPredictions(project, again);
  expect(expected).toHaveLength(report.numTest);
  const outside = await predictOutside(
    join(cwd, 'images'),
    join(cwd, 'package'),
    expected.map(({ path }) => path),
  );
  expect(outside).toEqual(expected);
});

it('learns from a few of the labels of a CSV file, those worth most, and says which rows fit no image', async () => {
  const cwd = ownFolder();
  const images = await writeColours(join(cwd, 'images'), numPerColour);
  const rows = [...images, { path: 'nowhere/9.png', label: 'red' }].map(({ path, label }) => `"${path}",${label}`);
  writeFileSync(join(cwd, 'labels.csv'), ['path,label', ...rows].join('\r\n'));
  const args = ['run', 'images', '--labels', 'labels.csv', '--num-labels', '18', '--steps', '10', ...rest];
  const report = await runJson<RunReport>(cwd, ...args);
  expect(report.label).toMatchObject({ numUnmatched: 1, unmatched: [expect.stringContaining('nowhere/9.png') as string] });
  expect(report.suggest?.paths).toHaveLength(18);
  expect(report.train).toMatchObject({ numLabels: 18, classes: ['bleu foncé', 'leaf green', 'red'] });
  expect(report.evaluate?.numTest).toBe(report.numTest);

  const again = await run(cwd, ...args);
  expect(again.code, again.stderr).toBe(0);
  expect(again.stdout).toContain(join(cwd, 'package'));
  expect(again.stderr).not.toContain('Adapting');
  const more = await runJson<RunReport>(cwd, ...args.map((arg) => (arg === '18' ? '24' : arg)));
  expect(more.suggest?.paths).toHaveLength(6);
  expect(more.train.numLabels).toBe(24);
  const status = await runJson<StatusReport>(cwd, 'status', '-p', 'p.acclimate');
  expect(status.models.map(({ kind }) => kind)).toEqual(['base', 'adapted', 'classifier', 'classifier']);
});
