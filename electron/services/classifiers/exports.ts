/** Packages that were written: where, and what is in them. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { ExportPlan, ExportView } from '../../contract/domain.ts';
import { AppError } from '../../contract/errors.ts';
import { checkReplaceable, manifestFormat, manifestName } from '../../export/package-folder.ts';
import type { ModelRecord } from '../../project/models.ts';
import { sizeAlone } from '../adaptation/models.ts';
import { nameOf } from '../projects/project-place.ts';
import type { Workspace } from '../workspace.ts';

const agreement = z.object({ numImages: z.number(), numSameClass: z.number(), numTies: z.number(), maxDifference: z.number() });

const reportSchema = z.object({
  outDir: z.string(),
  modelId: z.number(),
  verification: z.object({ squares: agreement, speed: z.object({ single: z.number() }) }),
});

const manifestSchema = z.object({
  format: z.literal(manifestFormat),
  files: z.array(z.object({ name: z.string(), numBytes: z.number() })),
});

const snippets = [
  { language: 'Python', fileName: 'predict.py' },
  { language: 'Node.js', fileName: 'predict.mjs' },
  { language: 'Browser', fileName: 'browser.html' },
] as const;

const numLooked = 20;
const maxNames = 100;

type WrittenPackage = z.infer<typeof reportSchema>;

/** The newest package that is still where it was written. */
function newestPackage({ project }: Workspace): WrittenPackage | null {
  for (const { kind, state } of project.jobs.list({ prefix: 'export', limit: numLooked })) {
    if (kind !== 'export' || state.status !== 'succeeded') continue;
    const report = reportSchema.safeParse(state.result);
    if (report.success && existsSync(join(report.data.outDir, manifestName))) return report.data;
  }
  return null;
}

/** Where the newest package was written, or null. */
export function latestExport(workspace: Workspace): string | null {
  return newestPackage(workspace)?.outDir ?? null;
}

/** The newest package with the texts of its scripts; null where there is none, or where it was tampered with. */
export function readExport(workspace: Workspace): ExportView | null {
  const written = newestPackage(workspace);
  const files = written === null ? null : packagedFiles(written.outDir);
  if (written === null || files === null) return null;
  const { outDir, modelId, verification } = written;
  const { squares, speed } = verification;
  return {
    outDir,
    modelId,
    files,
    numCompared: squares.numImages,
    numAgreeing: squares.numSameClass + squares.numTies,
    maxDifference: squares.maxDifference,
    imagesPerSecond: speed.single,
    snippets: snippets.flatMap((snippet) => {
      const code = textOf(join(outDir, snippet.fileName));
      return code === null ? [] : [{ ...snippet, code }];
    }),
  };
}

function packagedFiles(outDir: string): { name: string; numBytes: number }[] | null {
  const path = join(outDir, manifestName);
  try {
    const { files } = manifestSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    return [...files, { name: manifestName, numBytes: statSync(path).size }];
  } catch {
    return null;
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** The classifier of this number, or the newest; null where there is none. Throws `not-found`, and `conflict` for a model that is no classifier. */
export function classifierFor(
  { project }: Workspace,
  modelId?: number,
): (ModelRecord & { outputs: NonNullable<ModelRecord['outputs']> }) | null {
  const model = modelId === undefined ? project.models.list().findLast(({ kind }) => kind === 'classifier') : project.models.get(modelId);
  if (model === undefined) return null;
  const { outputs } = model;
  if (outputs === null) throw new AppError('conflict', `${model.name} is not a classifier. Train one first.`);
  return { ...model, outputs };
}

/** What would be written, and a folder beside the project to write it to; null without a classifier. Throws as `classifierFor`. */
export async function planExport(workspace: Workspace, modelId?: number): Promise<ExportPlan | null> {
  const model = classifierFor(workspace, modelId);
  if (model === null) return null;
  return {
    modelId: model.id,
    modelName: model.name,
    outDir: await freeFolder(join(dirname(workspace.project.path), `${nameOf(workspace.project.path)}-model`)),
    numBytes: sizeAlone(workspace, model),
    px: model.px,
    classes: model.outputs.map(({ name }) => name),
  };
}

/** This folder, or with a number where it holds something else. */
async function freeFolder(wanted: string): Promise<string> {
  for (let n = 1; n <= maxNames; n++) {
    const folder = n === 1 ? wanted : `${wanted}-${n}`;
    const isFree = await checkReplaceable(folder).then(
      () => true,
      () => false,
    );
    if (isFree) return folder;
  }
  return wanted;
}
