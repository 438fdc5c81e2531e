/** Labelled images as one folder per class, for other tools. */
import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { access, copyFile, lstat, mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { AppError } from '../../contract/errors.ts';
import type { RunContext } from '../../contract/progress.ts';
import { isWithin, realPath } from '../intake/allowed-path.ts';
import { freeName, safeName } from './folder-names.ts';
import { imagePaths } from '../intake/project-pixels.ts';
import type { Workspace } from '../workspace.ts';

/** Tells a folder of ours, and what we put into it. */
export const listName = 'acclimate-labels.json';
const partialName = '.acclimate-partial';
const format = 'acclimate-labels';

const listSchema = z.object({
  format: z.literal(format),
  formatVersion: z.literal(1),
  isComplete: z.boolean(),
  /** By path below the folder, the class and what the image file held. */
  files: z.record(z.string(), z.object({ label: z.string(), path: z.string(), sha256: z.string() })),
});

type LabelList = z.infer<typeof listSchema>;

export interface LabelFoldersReport {
  readonly outDir: string;
  readonly numCopied: number;
  /** There already, from an earlier export. */
  readonly numKept: number;
  readonly numClasses: number;
  /** Could not be read any more. */
  readonly numUnreadable: number;
}

interface Copy {
  /** Below the folder, with forward slashes. */
  readonly target: string;
  readonly from: string;
  readonly path: string;
  readonly label: string;
  readonly sha256: string;
}

/** What goes where: the file's own name where the class has only one of that name, else its path below the source in one word. */
function planCopies(workspace: Workspace): Copy[] {
  const { project } = workspace;
  const usable = new Set(project.images.usable());
  const all = project.labels.all();
  const rows = Array.from(all.imageIds.keys()).filter((i) => usable.has(all.imageIds[i] ?? 0));
  if (rows.length === 0) throw new AppError('conflict', 'There are no labelled images to copy yet. Label some images first.');
  const imageIds = Int32Array.from(rows, (i) => all.imageIds[i] ?? 0);
  const froms = imagePaths(workspace, imageIds);
  const images = project.images
    .getMany(imageIds)
    .map((image, i) => ({ ...image, from: froms[i] ?? '', classId: all.classIds[rows[i] ?? 0] ?? 0 }));
  const takenFolders = new Set([listName, partialName]);
  return project.classes.list().flatMap(({ id, name: label }) => {
    // Of classes without labels too, so that folders keep their names when labels come and go.
    const folder = freeName(safeName(label), takenFolders);
    const members = images.filter((image) => image.classId === id);
    const names = members.map(({ relativePath }) => relativePath.slice(relativePath.lastIndexOf('/') + 1));
    const counts = Map.groupBy(names, (name) => safeName(name).toLowerCase());
    const taken = new Set<string>();
    return members.map(({ relativePath, from, contentHash }, i): Copy => {
      const own = fileName(names[i] ?? '');
      const isAlone = counts.get(safeName(names[i] ?? '').toLowerCase())?.length === 1;
      const name = freeName(isAlone ? own : fileName(relativePath.replaceAll('/', '_')), taken);
      return { target: `${folder}/${name}`, from, path: relativePath, label, sha256: contentHash ?? '' };
    });
  });
}

/** A safe name that keeps its extension. */
function fileName(name: string): string {
  const extension = extname(name);
  return safeName(name.slice(0, name.length - extension.length)) + extension;
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

function refused(outDir: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  if (hasCode(cause, 'ENOSPC', 'EDQUOT')) {
    return new AppError('io', `The disk of ${outDir} is full. Free some space and resume: what was copied is kept.`, { cause });
  }
  if (hasCode(cause, 'EACCES', 'EPERM', 'EROFS')) {
    return new AppError('io', `Nothing can be written to ${outDir}: it may only be read. Choose another folder.`, { cause });
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AppError('io', `The images could not be copied to ${outDir}: ${why}. Mend that and resume: what was copied is kept.`, {
    cause,
  });
}

async function readList(outDir: string): Promise<LabelList | null> {
  const text = await readFile(join(outDir, listName), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    const parsed = listSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/**
 * Whether labelled images may be copied into this folder: it does not exist, is empty, or is an earlier export of ours. Throws `conflict` where it is
 * anything else or belongs to the images of the project, and `io` where it cannot be read.
 */
export async function checkLabelFolder(workspace: Workspace, outDir: string): Promise<void> {
  const real = realPath(outDir) ?? resolve(outDir);
  for (const { rootPath } of workspace.project.sources.list()) {
    if (isWithin(realPath(rootPath) ?? rootPath, real)) {
      throw new AppError(
        'conflict',
        `${outDir} lies among the images of this project, which would then have them twice. Choose another folder.`,
      );
    }
  }
  const names = await readdir(outDir).catch((cause: unknown) => {
    if (hasCode(cause, 'ENOENT')) return [];
    if (hasCode(cause, 'ENOTDIR')) throw new AppError('conflict', `${outDir} is a file. Choose another folder.`, { cause });
    throw refused(outDir, cause);
  });
  if (names.length > 0 && (await readList(outDir)) === null) {
    throw new AppError(
      'conflict',
      `${outDir} is not empty and not an earlier export of labels, so it is left as it is. Choose another folder, or a new name.`,
    );
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    (error: unknown) => {
      if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
      throw error;
    },
  );
}

async function isReadable(path: string): Promise<boolean> {
  return await access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}

async function writeList(outDir: string, files: LabelList['files'], isComplete: boolean): Promise<void> {
  const partial = join(outDir, partialName);
  await writeFile(partial, `${JSON.stringify({ format, formatVersion: 1, isComplete, files } satisfies LabelList, null, 1)}\n`);
  await rename(partial, join(outDir, listName));
}

/**
 * Copies every usable labelled image into a folder of its class below `outDir`. A file that is there is never overwritten. Into an earlier export only
 * what is new is copied, and copies of ours whose image has another label now are taken out, unless they were changed. Cut off at any moment, it goes
 * on when run again. Throws `conflict` for a folder that holds anything else, `io` where the disk refuses, and `signal.reason` on cancellation.
 */
export async function exportLabelFolders(workspace: Workspace, folder: string, ctx: RunContext): Promise<LabelFoldersReport> {
  const outDir = resolve(folder);
  await checkLabelFolder(workspace, outDir);
  const copies = planCopies(workspace);
  const files: LabelList['files'] = Object.fromEntries(copies.map(({ target, label, path, sha256 }) => [target, { label, path, sha256 }]));
  try {
    await mkdir(outDir, { recursive: true });
    const earlier = (await readList(outDir))?.files ?? {};
    // Both lists until the old copies are gone, so that a run cut off here knows what is its own.
    await writeList(outDir, { ...earlier, ...files }, false);
    await removeOutdated(outDir, earlier, files);
    const counts = await copyAll(workspace, outDir, copies, ctx);
    await writeList(outDir, files, true);
    return { outDir, numClasses: new Set(copies.map(({ label }) => label)).size, ...counts };
  } catch (error) {
    if (ctx.signal.aborted) throw error;
    throw refused(outDir, error);
  }
}

/** Takes out copies that belong nowhere or elsewhere now, if they still are what we copied. */
async function removeOutdated(outDir: string, earlier: LabelList['files'], files: LabelList['files']): Promise<void> {
  for (const [target, { sha256 }] of Object.entries(earlier)) {
    if (files[target]?.sha256 === sha256) continue;
    const path = join(outDir, ...target.split('/'));
    if (!isWithin(outDir, path) || !(await exists(path))) continue;
    if ((await sha256Of(path)) !== sha256) continue;
    await rm(path);
    await rmdir(dirname(path)).catch(() => undefined);
  }
}

async function copyAll(
  workspace: Workspace,
  outDir: string,
  copies: readonly Copy[],
  ctx: RunContext,
): Promise<Pick<LabelFoldersReport, 'numCopied' | 'numKept' | 'numUnreadable'>> {
  const counts = { numCopied: 0, numKept: 0, numUnreadable: 0 };
  const partial = join(outDir, partialName);
  for (const [i, { target, from, path }] of copies.entries()) {
    ctx.signal.throwIfAborted();
    const to = join(outDir, ...target.split('/'));
    if (await exists(to)) {
      counts.numKept++;
    } else if (!(await isReadable(from))) {
      counts.numUnreadable++;
      workspace.warn(`${path} is not there any more or may not be read, so it was not copied.`);
    } else {
      await mkdir(dirname(to), { recursive: true });
      await rm(partial, { force: true });
      await copyFile(from, partial, constants.COPYFILE_FICLONE);
      await rename(partial, to);
      counts.numCopied++;
    }
    ctx.onProgress({ phase: 'Copying labelled images', done: i + 1, total: copies.length });
  }
  return counts;
}
