/** Downloads a base model of the catalogue into the folder of models, where everything finds it from then on. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../contract/errors.ts';
import type { RunContext } from '../../contract/progress.ts';
import { loadBase } from '../../nn/base-model.ts';
import { takeWriterLock } from '../../project/writer-lock.ts';
import { addressOf, catalogueRow, maxBytesOf } from './catalogue.ts';
import type { CatalogueRow } from './catalogue.ts';
import { downloadFile } from './download-file.ts';
import type { DownloadTuning } from './download-file.ts';
import { PartialFile } from './partial-file.ts';
import { noteProvenance, provenanceOf } from './provenance.ts';

export interface GotBase {
  readonly name: string;
  readonly path: string;
  readonly arch: string;
  readonly license: string;
  readonly source: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Whether the checksum was known beforehand; else it is noted now and compared whenever the file is used. */
  readonly wasExpected: boolean;
  /** Whether the file was there before. */
  readonly wasThere: boolean;
}

/** The folder below the data folder that base models are downloaded to and looked for in. */
export function modelsFolder(dataDir: string): string {
  return join(dataDir, 'models');
}

/** Where the file of a row of the catalogue lies, or would. */
export function pathOf(row: Pick<CatalogueRow, 'name'>, folder: string): string {
  return join(folder, `${row.name}.safetensors`);
}

/** The unfinished download of that file. */
export function partialOf(row: Pick<CatalogueRow, 'name'>, folder: string): PartialFile {
  return new PartialFile(`${pathOf(row, folder)}.partial`);
}

/** What to do where the network is no help. */
function byHand(row: CatalogueRow, folder: string): string {
  return `To do it by hand, download ${addressOf(row)} on any machine and put the file here: ${pathOf(row, folder)}`;
}

/**
 * Downloads the base model of that name into `folder`, or checks the file that is there already. The file appears under its name only once it is
 * complete, has the right checksum and is the network it should be. Throws `not-found` for a name that the catalogue does not have, `conflict` where
 * another process is downloading it, what `downloadFile` throws, and what `loadBase` does where the file fits no network.
 */
export async function getBase(name: string, folder: string, ctx: RunContext, tuning?: DownloadTuning): Promise<GotBase> {
  const row = catalogueRow(name);
  const path = pathOf(row, folder);
  mkdirSync(folder, { recursive: true });
  const lock = takeWriterLock(path);
  if (lock === null) throw new AppError('conflict', `${name} is being downloaded already. Wait for that download.`);
  try {
    if (existsSync(path)) return takeIn(row, path, path, true);
    return await download(row, path, folder, ctx, tuning);
  } finally {
    lock.release();
  }
}

async function download(row: CatalogueRow, path: string, folder: string, ctx: RunContext, tuning?: DownloadTuning): Promise<GotBase> {
  const partial = partialOf(row, folder);
  const request = {
    address: addressOf(row),
    sizeBytes: row.isExactSize ? row.sizeBytes : null,
    maxBytes: maxBytesOf(row),
    sha256: row.sha256,
  };
  try {
    await downloadFile(request, partial, ctx, tuning);
  } catch (error) {
    if (error instanceof AppError && error.code === 'io') {
      throw new AppError('io', `${error.message} ${byHand(row, folder)}`, { cause: error, details: { ...error.details } });
    }
    throw error;
  }
  ctx.signal.throwIfAborted();
  ctx.onProgress({ phase: 'check-weights', done: 0, total: null });
  try {
    const got = takeIn(row, partial.path, path, false);
    renameSync(partial.path, path);
    partial.forget();
    return got;
  } catch (error) {
    // It is complete and wrong: going on with it would end here again.
    if (error instanceof AppError && error.code !== 'io') {
      partial.discard();
      rmSync(`${path}.source.json`, { force: true });
    }
    throw error;
  }
}

/** Checks the file at `found` and notes where it comes from for the path it will have. */
function takeIn(row: CatalogueRow, found: string, path: string, wasThere: boolean): GotBase {
  const bytes = readFileSync(found);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const earlier = wasThere ? provenanceOf(path) : null;
  const expected = row.sha256 ?? earlier?.sha256 ?? null;
  if (expected !== null && sha256 !== expected) {
    throw new AppError(
      'mismatch',
      `${found} is not the file that ${row.name} is: its checksum is ${sha256}, not ${expected}. Delete it, then download it again.`,
    );
  }
  const { network } = loadBase(bytes);
  if (network.arch !== row.arch)
    throw new AppError('mismatch', `${row.name} should be a ${row.arch} and is a ${network.arch}. It was not kept.`);
  const { license, source } = row;
  const wasExpected = row.sha256 !== null;
  if (earlier === null) {
    noteProvenance(path, {
      address: addressOf(row),
      source,
      license,
      sizeBytes: bytes.length,
      sha256,
      wasExpected,
      downloadedAt: Date.now(),
    });
  }
  return { name: row.name, path, arch: row.arch, license, source, sizeBytes: bytes.length, sha256, wasExpected, wasThere };
}
