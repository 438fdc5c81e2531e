/** Weights files on this machine that can be started from: those that ship, those in known folders, and those a person has added. */
import { closeSync, existsSync, openSync, readSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, delimiter, extname, join, resolve } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { BaseView } from '../../contract/domain.ts';
import { AppError } from '../../contract/errors.ts';
import { identifyBase } from '../../nn/base-model.ts';
import { numTellingBytes, refuseForeignFile } from '../../nn/foreign-file.ts';
import type { RecognisedWeights } from '../../nn/recognise-weights.ts';
import { parseSafetensorsHeader, safetensorsHeaderBytes } from '../../nn/safetensors.ts';
import { provenanceOf } from '../base-models/provenance.ts';
import { modelsFolder } from '../base-models/get-base.ts';
import { JsonFile } from '../projects/json-file.ts';

const extension = '.safetensors';

interface Looked {
  readonly stamp: string;
  /** Null for a file that holds no weights of a network known here. */
  readonly view: BaseView | null;
}

function shippedModels(): string {
  return fileURLToPath(new URL('../../../resources/models', import.meta.url));
}

/** Folders named in the environment. */
function namedFolders(): string[] {
  return (env['ACCLIMATE_MODELS'] ?? '').split(delimiter).filter((folder) => folder !== '');
}

/** What a weights file is, from its header alone. Throws `not-found` where it cannot be read, `invalid-input` or `unsupported` where it is none. */
export function describeBase(path: string): BaseView {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    throw new AppError('not-found', `${path} cannot be read. Check the path.`, { cause });
  }
  try {
    const sizeBytes = statSync(path).size;
    const buffer = new Uint8Array(numTellingBytes);
    const start = buffer.subarray(0, readSync(file, buffer, 0, numTellingBytes, 0));
    refuseForeignFile(start, basename(path));
    const numHead = safetensorsHeaderBytes(start);
    const head = new Uint8Array(Math.min(numHead, sizeBytes));
    readSync(file, head, 0, head.length, 0);
    const header = parseSafetensorsHeader(head, sizeBytes);
    const recognised = identifyBase(header);
    const origin = provenanceOf(path);
    return {
      ref: path,
      name: basename(path, extname(path)),
      arch: recognised.network.arch,
      origin: 'file',
      sizeBytes,
      license: header.metadata['license'] ?? origin?.license ?? null,
      source: header.metadata['source'] ?? origin?.source ?? null,
      note: noteOn(recognised),
    };
  } finally {
    closeSync(file);
  }
}

const maxNamed = 4;

/** What was made of a file that is not just the network's own: whose names it has, and what of it is not used. Null where there is nothing to say. */
function noteOn({ library, prefix, leftOut }: RecognisedWeights): string | null {
  const heads = leftOut.filter((name) => !name.endsWith('num_batches_tracked'));
  const rest = heads.length > maxNamed ? ` and ${(heads.length - maxNamed).toLocaleString('en')} more` : '';
  const parts = [
    library === null ? null : `names of ${library}`,
    prefix === '' ? null : `behind "${prefix}"`,
    heads.length === 0 ? null : `not used: ${heads.slice(0, maxNamed).join(', ')}${rest}`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join('; ');
}

export class BaseFiles {
  readonly #folders: readonly string[];
  readonly #added: JsonFile<string[]>;
  /** Headers by path; read again where size or time differ. */
  readonly #looked = new Map<string, Looked>();

  constructor(dataDir: string, folders: readonly string[] = [shippedModels(), ...namedFolders()]) {
    this.#folders = [modelsFolder(dataDir), ...folders.map((folder) => resolve(folder))];
    this.#added = new JsonFile(join(dataDir, 'bases.json'), z.array(z.string()), []);
  }

  /** Every usable file, by name. */
  list(): BaseView[] {
    const views = new Map<string, BaseView>();
    for (const path of [...this.#folders.flatMap(filesIn), ...this.#added.read()]) {
      const real = realOf(path);
      const view = real === null ? null : this.#look(path);
      if (real !== null && view !== null && !views.has(real)) views.set(real, view);
    }
    return [...views.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'));
  }

  /** Lists a file from now on. Throws as `describeBase` does. */
  add(path: string): BaseView {
    const view = describeBase(path);
    const known = this.#added.read();
    if (!known.includes(path)) this.#added.write([...known, path]);
    return view;
  }

  #look(path: string): BaseView | null {
    try {
      const { size, mtimeMs } = statSync(path);
      const stamp = `${size} ${mtimeMs}`;
      const known = this.#looked.get(path);
      if (known?.stamp === stamp) return known.view;
      const view = describeOrNull(path);
      this.#looked.set(path, { stamp, view });
      return view;
    } catch {
      return null;
    }
  }
}

function describeOrNull(path: string): BaseView | null {
  try {
    return describeBase(path);
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(extension))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function realOf(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
