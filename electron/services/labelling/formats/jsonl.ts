/** Labels as JSON lines: one object a line. */
import { AppError } from '../../../contract/errors.ts';
import { labelNames, pathNames } from './csv.ts';
import { parseJson } from './json-text.ts';
import type { LabelEntry, LabelFile, LabelledImage } from './label-entry.ts';

/** The first of these names that the object has. `Object.hasOwn`, so that a class called 'constructor' is no key of every object. */
function firstOf(record: object, names: readonly string[]): unknown {
  const name = names.find((each) => Object.hasOwn(record, each));
  return name === undefined ? undefined : (record as Readonly<Record<string, unknown>>)[name];
}

function entryOf(name: string, line: number, value: unknown): LabelEntry | null {
  const where = `line ${line}`;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AppError(
      'invalid-input',
      `${name}, ${where}: an object with a path and a label is needed, such as {"path": "a.jpg", "label": "cat"}.`,
    );
  }
  const path = firstOf(value, pathNames);
  if (typeof path !== 'string' || path === '') {
    throw new AppError('invalid-input', `${name}, ${where}: a path is needed, as text; it may be called ${pathNames.join(', ')}.`);
  }
  const label = firstOf(value, labelNames);
  if (label === undefined || label === null || label === '') return null;
  if (typeof label === 'string') return { where, path, label };
  // Other numbers are no names: what they were written as is lost.
  if (typeof label === 'number' && Number.isSafeInteger(label)) return { where, path, label: String(label) };
  throw new AppError('invalid-input', `${name}, ${where}: the label of ${path} has to be one text.`);
}

/** One object a line, with a path and a label; one without a label is passed over. Throws `invalid-input` with the line. */
export function readJsonl(name: string, text: string): LabelFile {
  const entries = text
    .split('\n')
    .map((row, i) => (row.trim() === '' ? null : entryOf(name, i + 1, parseJson(name, row, i + 1))))
    .filter((entry) => entry !== null);
  return { entries, leftOut: [] };
}

/** `{"path":…,"label":…}` for every image. */
export function writeJsonl(images: readonly LabelledImage[]): string {
  return images.map(({ path, label }) => `${JSON.stringify({ path, label })}\n`).join('');
}
