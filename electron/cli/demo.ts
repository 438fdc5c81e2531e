/** The demo: sample images of our own making, and the whole job on them. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stdout } from 'node:process';
import { makeSample, sampleSettings } from '../services/intake/make-sample.ts';
import { runEverything } from '../services/run-everything.ts';
import { openWorkspace } from '../services/workspace.ts';
import * as print from './print.ts';
import { createTerminal } from './terminal.ts';

const numPerKind = 80;
const numLabels = 60;
const sampleSeed = 1;

/** Makes the sample in `dir` unless it is there, runs the whole job and prints what each step did and where the package is. */
export async function runDemo({ dir, minutes }: { readonly dir: string; readonly minutes: number }, signal: AbortSignal): Promise<void> {
  const terminal = createTerminal();
  const root = resolve(dir);
  const images = join(root, 'images');
  mkdirSync(root, { recursive: true });
  const { kinds } = sampleSettings();
  if (!existsSync(images)) {
    stdout.write(`Making ${kinds.length * numPerKind} sample images of ${kinds.length} kinds in ${images}\n`);
    // Under another name until it is whole, so that a demo that was stopped here does not go on with half a sample.
    const unfinished = join(root, 'images.unfinished');
    rmSync(unfinished, { recursive: true, force: true });
    await makeSample(unfinished, numPerKind, sampleSeed, { signal, onProgress: () => undefined });
    renameSync(unfinished, images);
  }
  const workspace = openWorkspace({
    projectPath: join(root, 'demo.acclimate'),
    create: true,
    signal,
    onJob: terminal.onJob,
    onWarning: terminal.warn,
    cacheDir: join(root, 'cache'),
  });
  try {
    const report = await runEverything(
      workspace,
      {
        folder: images,
        labels: 'folders',
        base: 'scratch:resnet18',
        method: 'diet',
        budget: { minutes },
        augmentation: null,
        px: 64,
        sizes: { unadapted: [64, 96], adapted: [64, 96] },
        numLabels,
        testShare: 1 / 3,
        finetuneSteps: 0,
        alongside: null,
        flip: false,
        seed: 0,
        outDir: join(root, 'package'),
      },
      (step) => stdout.write(`${print.step(step)}\n`),
    );
    stdout.write(`${print.ran(report)}\n`);
  } finally {
    workspace.close();
  }
}
