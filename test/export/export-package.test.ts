import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'csv-parse/sync';
import onnxProto from 'onnx-proto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildClassifierModel } from '../../electron/export/classifier-model.ts';
import { exportPackage } from '../../electron/export/export-package.ts';
import type { ExportOptions, ExportResult } from '../../electron/export/export-package.ts';
import { predictedClasses } from '../../electron/learn/metrics.ts';
import { tf } from '../../electron/tensor/tf.ts';
import { awkwardNames, idleContext, makeFixture, numImages } from './classifier-fixture.ts';
import type { Fixture } from './classifier-fixture.ts';

let images = '';
let fixture: Fixture;
let flipped: Fixture;
let parent = '';
let outDir = '';

beforeAll(async () => {
  images = await mkdtemp(join(tmpdir(), 'acclimate-images-'));
  fixture = await makeFixture(images, { flip: false });
  flipped = await makeFixture(images, { flip: true });
});
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'acclimate-export-'));
  outDir = join(parent, 'package');
  return () => rm(parent, { recursive: true });
});
afterAll(() => rm(images, { recursive: true }));

function run(options: Partial<ExportOptions> = {}): Promise<ExportResult> {
  return exportPackage({ outDir, ...fixture, ctx: idleContext, clock: () => performance.now(), ...options });
}

const appClasses = ({ samples }: Fixture): string[] =>
  samples.map(({ probabilities }) => awkwardNames[predictedClasses(probabilities, probabilities.length)[0]!]!);

/** Makes the package see these packages and no others. */
async function linkPackages(...names: readonly string[]): Promise<void> {
  await mkdir(join(outDir, 'node_modules'));
  for (const name of names) await symlink(resolve('node_modules', name), join(outDir, 'node_modules', name), 'dir');
}

const runFile = promisify(execFile);

async function predictedByScript(folder: string): Promise<string[]> {
  const csv = join(parent, 'out.csv');
  await runFile(process.execPath, [join(outDir, 'predict.mjs'), folder, '--csv', csv], { cwd: parent });
  return parse(await readFile(csv, 'utf8'), { columns: true }).map((row) => (row as { class: string }).class);
}

async function only(extension: string): Promise<string> {
  const folder = join(parent, 'images');
  await mkdir(folder);
  for (const name of await readdir(images)) if (name.endsWith(extension)) await copyFile(join(images, name), join(folder, name));
  return folder;
}

describe('a package', () => {
  it('has every file, as its manifest says, and reports agreement and speed', async () => {
    const { report, files } = await run();
    expect(report.squares).toMatchObject({ numImages, numSameClass: numImages, numTies: 0 });
    expect(report.squares.maxDifference).toBeLessThan(1e-4);
    expect(report.files).toMatchObject({ numImages });
    expect(report.files.numSameClass).toBeGreaterThanOrEqual(numImages - 1);
    expect(Math.min(report.speed.single, report.speed.batch, report.speed.file)).toBeGreaterThan(0);

    expect(await readdir(parent)).toEqual(['package']);
    const names = ['README.md', 'browser.html', 'labels.json', 'model.onnx', 'package.json', 'predict.mjs', 'predict.py'];
    expect((await readdir(outDir)).toSorted()).toEqual([...names, 'manifest.json'].toSorted());
    expect(files.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    const manifest = JSON.parse(await readFile(join(outDir, 'manifest.json'), 'utf8')) as ExportResult & { verification: object };
    expect(manifest.files).toEqual(files);
    expect(manifest.verification).toEqual(report);
    for (const { name, sha256 } of files) {
      expect(
        createHash('sha256')
          .update(await readFile(join(outDir, name)))
          .digest('hex'),
      ).toBe(sha256);
    }
  });

  it('keeps the names of the classes exactly', async () => {
    await run();
    const labels = JSON.parse(await readFile(join(outDir, 'labels.json'), 'utf8')) as { classes: { name: string; numLabels: number }[] };
    expect(labels.classes.map(({ name }) => name)).toEqual(awkwardNames);
    expect(labels.classes[1]).toEqual({ index: 1, name: awkwardNames[1], numLabels: 15 });
    const model = onnxProto.onnx.ModelProto.decode(await readFile(join(outDir, 'model.onnx')));
    const metadata = Object.fromEntries(model.metadataProps.map(({ key, value }) => [String(key), String(value)]));
    expect(JSON.parse(metadata['classes'] ?? '')).toEqual(awkwardNames);
    expect(metadata).toMatchObject({ image_size_px: '32', flip: 'false', min_probability: '0.5', app_version: '0.1.0', arch: 'tiny' });
  });

  it('has a model card that is well-formed and tells nothing of the machine', async () => {
    await run();
    const card = await readFile(join(outDir, 'README.md'), 'utf8');
    expect(card).toContain('| 2 | two lines \\| and \\\\ \\`ticks\\` \\<b\\> | 25 |');
    expect(card).toContain('| accuracy | 0.900 | 0.700 to 0.970 |');
    expect(card).toContain('- stripes: 66 images');
    expect(card).toContain('plain (5)');
    expect(card).not.toContain('/home');
    expect(card).not.toMatch(/undefined|NaN|\[object/);
  });

  it("gives the app's classes in plain Node with onnxruntime-node alone", async () => {
    await run();
    await linkPackages('onnxruntime-node');
    expect(await predictedByScript(await only('.ppm'))).toEqual(appClasses(fixture));
    expect(new Set(appClasses(fixture)).size).toBeGreaterThan(2);

    const png = join(images, 'image 00.png');
    await expect(runFile(process.execPath, [join(outDir, 'predict.mjs'), png], { cwd: parent })).rejects.toThrow(/npm install sharp/);
  });

  it('reads image files with sharp', async () => {
    await run({ ...flipped });
    await linkPackages('onnxruntime-node', 'sharp');
    expect(await predictedByScript(await only('.png'))).toEqual(appClasses(flipped));
  });

  it.skipIf(spawnSync('python3', ['--version']).status !== 0)('has a Python script without syntax errors', async () => {
    await run();
    const source = join(outDir, 'predict.py');
    const { status, stderr } = spawnSync('python3', ['-c', 'import ast, sys; ast.parse(open(sys.argv[1]).read())', source]);
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' });
  });

  it('averages over the mirror image only when told to', async () => {
    const { report } = await run({ ...flipped });
    expect(report.squares.numSameClass).toBe(numImages);
    await expect(run({ ...flipped, classifier: fixture.classifier })).rejects.toMatchObject({ code: 'mismatch' });
  });
});

describe('a package is refused', () => {
  async function refuses(options: Partial<ExportOptions>, code: string, message: RegExp): Promise<void> {
    await expect(run(options)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(await readdir(parent)).toEqual([]);
  }

  it('when the predictions are not of this classifier', async () => {
    const samples = fixture.samples.map((sample, i) =>
      i === 40 ? { ...sample, probabilities: Float32Array.of(0.1, 0.1, 0.1, 0.7) } : sample,
    );
    await refuses({ samples }, 'mismatch', /disagrees with the app on 1 of 66 images, on the very pixels.*image 40\.png/);
  });

  it("when the network in the file is not the app's", async () => {
    const { network } = fixture.classifier;
    const swapped = { ...network, forward: ((p, x, o) => network.forward(p, tf.reverse(x, 3), o)) as typeof network.forward };
    await refuses({ classifier: { ...fixture.classifier, network: swapped } }, 'mismatch', /on the very pixels/);
  });

  it('when files come out otherwise than in the app', async () => {
    const samples = fixture.samples.map((sample) => ({
      ...sample,
      readFull: async () => {
        const full = await sample.readFull();
        return { ...full, data: full.data.map((value) => 255 - value) };
      },
    }));
    await refuses({ samples }, 'mismatch', /on the image files/);
  });

  it('when predictions are not numbers', async () => {
    const samples = fixture.samples.map((sample, i) =>
      i === 0 ? { ...sample, probabilities: new Float32Array(4).fill(Number.NaN) } : sample,
    );
    await refuses({ samples }, 'mismatch', /1 of 66/);
  });

  it('when there are too few predictions to check', async () => {
    await refuses({ samples: fixture.samples.slice(0, 63) }, 'invalid-input', /at least 64 images; only 63/);
  });

  it('when classes are missing', async () => {
    const { classes } = fixture.classifier;
    await refuses({ classifier: { ...fixture.classifier, classes: classes.slice(1) } }, 'invalid-input', /4 classes.*3 are named/);
  });

  it('when it is cancelled meanwhile', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const ctx = {
      signal: controller.signal,
      onProgress: ({ phase, done }: { phase: string; done: number }) => {
        if (phase === 'check-files' && done === 10) controller.abort(reason);
      },
    };
    await expect(run({ ctx })).rejects.toBe(reason);
    expect(await readdir(parent)).toEqual([]);
  });
});

describe('the folder of a package', () => {
  it('may be empty, or an earlier package, which stays when the new one is refused', async () => {
    await mkdir(outDir);
    await run();
    const before = await readFile(join(outDir, 'manifest.json'), 'utf8');
    const card = { ...fixture.card, title: 'Second' };
    await expect(run({ card, samples: flipped.samples })).rejects.toMatchObject({ code: 'mismatch' });
    expect(await readFile(join(outDir, 'manifest.json'), 'utf8')).toBe(before);
    await run({ card });
    expect(await readFile(join(outDir, 'README.md'), 'utf8')).toMatch(/^# Second\n/);
    expect(await readdir(parent)).toEqual(['package']);
  });

  it('is left alone when it holds anything else', async () => {
    await mkdir(outDir);
    await writeFile(join(outDir, 'thesis.txt'), 'x');
    await expect(run()).rejects.toMatchObject({ code: 'conflict' });
    await rm(join(outDir, 'thesis.txt'));
    await run();
    await writeFile(join(outDir, 'thesis.txt'), 'x');
    await expect(run()).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('thesis.txt') as string });
    await expect(run({ outDir: join(outDir, 'thesis.txt') })).rejects.toMatchObject({ code: 'conflict' });
    expect(await readFile(join(outDir, 'thesis.txt'), 'utf8')).toBe('x');
  });
});

it('the model does not depend on what the network calls its parameters of an unused classifier', () => {
  const { classifier } = fixture;
  const parameters = { ...classifier.network.parameters, unused: { shape: [1], kind: 'weight' as const, classifier: true } };
  const bytes = buildClassifierModel({ ...classifier, network: { ...classifier.network, parameters } }, {});
  expect(bytes.length).toBe(buildClassifierModel(classifier, {}).length);
});
