/** Labels from a file of any format. */
import { readFileSync, statSync } from 'node:fs';
import type { LabelFormat } from '../../../contract/label-formats.ts';
import { AppError } from '../../../contract/errors.ts';
import { readCoco } from './coco.ts';
import { readCsv } from './csv.ts';
import { readCvat } from './cvat.ts';
import { parseJson } from './json-text.ts';
import { readJsonl } from './jsonl.ts';
import type { LabelFile } from './label-entry.ts';
import { readLabelStudioMin } from './label-studio-min.ts';
import { readLabelStudio } from './label-studio.ts';

const maxBytes = 256 * 2 ** 20;
const zipStart = [0x50, 0x4b, 0x03, 0x04] as const;

const readers: Readonly<Record<LabelFormat, (name: string, text: string) => LabelFile>> = {
  csv: readCsv,
  jsonl: readJsonl,
  coco: readCoco,
  'label-studio': readLabelStudio,
  'label-studio-min': readLabelStudioMin,
  cvat: readCvat,
};

/** The text of a file. Throws `not-found` where it cannot be read, `invalid-input` where it is no UTF-8 text. */
export function readLabelText(path: string): string {
  let bytes: Uint8Array;
  try {
    if (statSync(path).size > maxBytes) throw new AppError('invalid-input', `${path} is larger than 256 MB. Split it.`);
    bytes = readFileSync(path);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('not-found', `${path} cannot be read. Check the path.`, { cause });
  }
  if (zipStart.every((byte, i) => bytes[i] === byte)) {
    throw new AppError(
      'invalid-input',
      `${path} is an archive. Unpack it, and give the file of labels in it (annotations.xml or a .json).`,
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new AppError('invalid-input', `${path} is not UTF-8 text. Save it as CSV UTF-8.`, { cause });
  }
}

function has(value: unknown, ...keys: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && keys.every((key) => Object.hasOwn(value, key));
}

/** What a JSON list is, by its first element. */
function listFormat(name: string, first: unknown): LabelFormat {
  if (has(first, 'data')) return 'label-studio';
  if (has(first, 'image_id', 'category_id')) {
    const message = `${name} is a list of COCO results, which does not say which files its images are. Give the whole annotation file.`;
    throw new AppError('invalid-input', message);
  }
  return 'label-studio-min';
}

function jsonFormat(name: string, text: string): LabelFormat {
  const firstLine = text.trimStart().split('\n', 1)[0] ?? '';
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length > 1 && firstLine.trimEnd().endsWith('}') && isJson(firstLine)) return 'jsonl';
  const value = parseJson(name, text);
  if (Array.isArray(value)) return listFormat(name, value[0]);
  if (has(value, 'images', 'detection_categories')) {
    throw new AppError('invalid-input', `${name} holds a model's detections, and no labels that a person gave.`);
  }
  if (has(value, 'images') || has(value, 'annotations')) return 'coco';
  return has(value, 'data') ? 'label-studio' : 'jsonl';
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What the text is, by what it holds, not by what the file is called. Throws `invalid-input` for JSON that is broken or no labels. */
export function detectFormat(name: string, text: string): LabelFormat {
  const [first] = text.replace(/^\ufeff/, '').trimStart();
  if (first === '<') return 'cvat';
  return first === '{' || first === '[' ? jsonFormat(name, text.replace(/^\ufeff/, '')) : 'csv';
}

export interface ReadLabels extends LabelFile {
  readonly format: LabelFormat;
}

/** What the text says; `name` is what messages call the file. Without a format it is told by what the text holds. Throws with line or path. */
export function readLabels(name: string, text: string, format?: LabelFormat): ReadLabels {
  const plain = text.replace(/^\ufeff/, '');
  const found = format ?? detectFormat(name, plain);
  return { ...readers[found](name, plain), format: found };
}
