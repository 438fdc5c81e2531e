/** Labels as comma-separated text. */
import { CsvError, parse } from 'csv-parse/sync';
import { AppError } from '../../../contract/errors.ts';
import { csvText } from '../csv-text.ts';
import type { LabelFile, LabelledImage } from './label-entry.ts';

/** What the column of paths may be called, here and in JSON lines. */
export const pathNames: readonly string[] = ['path', 'file', 'filename', 'file_name', 'image', 'name'];
export const labelNames: readonly string[] = ['label', 'class', 'category'];

interface CsvRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

function records(name: string, text: string): CsvRecord[] {
  try {
    const options = { bom: true, columns: false, skip_empty_lines: true, trim: true, info: true, delimiter: [',', ';', '\t'] } as const;
    return parse(text, { ...options, delimiter: [...options.delimiter] }) as unknown as CsvRecord[];
  } catch (cause) {
    if (cause instanceof CsvError) throw new AppError('invalid-input', `${name} is not valid CSV: ${cause.message}`, { cause });
    throw cause;
  }
}

/**
 * Rows of `path,label`; a header may name the columns; comma, semicolon or tab. A row without a label is passed over. Throws `invalid-input` with
 * the line of what cannot be read.
 */
export function readCsv(name: string, text: string): LabelFile {
  const all = records(name, text);
  const header = all[0]?.record.map((cell) => cell.toLowerCase()) ?? [];
  const pathColumn = header.findIndex((cell) => pathNames.includes(cell));
  const labelColumn = header.findIndex((cell) => labelNames.includes(cell));
  const hasHeader = pathColumn >= 0 && labelColumn >= 0;
  const [p, l] = hasHeader ? [pathColumn, labelColumn] : [0, 1];
  const entries = (hasHeader ? all.slice(1) : all).map(({ record, info }) => {
    const [path, label] = [record[p], record[l]];
    if (path === undefined || label === undefined || path === '') {
      throw new AppError('invalid-input', `${name}, line ${info.lines}: two columns are needed, path and label.`);
    }
    return { where: `line ${info.lines}`, path, label };
  });
  return { entries: entries.filter(({ label }) => label !== ''), leftOut: [] };
}

/** `path,label` for every image. */
export function writeCsv(images: readonly LabelledImage[]): string {
  return csvText([['path', 'label'], ...images.map(({ path, label }) => [path, label])]);
}
