/** Labels from files, folders and an oracle. */
import { readFileSync } from 'node:fs';
import { basename, isAbsolute, resolve, sep } from 'node:path';
import { CsvError, parse } from 'csv-parse/sync';
import { AppError } from '../../contract/errors.ts';
import type { LabelChange } from '../../project/labels.ts';
import { nextColour, nextKey } from './class-defaults.ts';
import { testImages } from '../intake/test-split.ts';
import type { Workspace } from '../workspace.ts';

/** A class name for each of some images, by image id. */
export type LabelAnswers = ReadonlyMap<number, string>;

export interface LabelReport {
  readonly numLabelled: number;
  /** Of these, on images kept apart for testing. */
  readonly numForTesting: number;
  readonly classes: readonly { readonly name: string; readonly numLabels: number }[];
  /** Rows of the file that name no image of the project; at most 20 are listed. */
  readonly unmatched: readonly string[];
  readonly numUnmatched: number;
}

export interface ParsedLabels {
  readonly answers: LabelAnswers;
  readonly unmatched: readonly string[];
}

/** The name of the folder each usable image lies in; images at the top of a source have none. */
export function answersFromFolders(workspace: Workspace): LabelAnswers {
  const { images } = workspace.project;
  const answers = new Map<number, string>();
  for (const image of images.getMany(images.usable())) {
    const folder = image.relativePath.split('/').at(-2);
    if (folder !== undefined) answers.set(image.id, folder);
  }
  if (answers.size === 0) {
    throw new AppError(
      'invalid-input',
      'No image lies in a folder of its class. Put the images into one folder per class, or give a CSV file.',
    );
  }
  return answers;
}

export interface LabelRow {
  readonly line: number;
  readonly path: string;
  readonly label: string;
}

/** The rows of a file of labels. Throws with the line of what cannot be read. */
export function readLabelRows(csvPath: string): LabelRow[] {
  return parseLabelRows(csvPath, readText(csvPath));
}

function readText(csvPath: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(csvPath));
  } catch (cause) {
    const encoding = cause instanceof TypeError;
    const why = encoding ? 'is not UTF-8 text. Save it as CSV UTF-8.' : 'cannot be read. Check the path.';
    throw new AppError(encoding ? 'invalid-input' : 'not-found', `${csvPath} ${why}`, { cause });
  }
}

/** The rows of the text of such a file; `csvName` is what messages call it. Throws as `readLabelRows` does. */
export function parseLabelRows(csvName: string, text: string): LabelRow[] {
  try {
    const records = parse(text, {
      bom: true,
      columns: false,
      skip_empty_lines: true,
      trim: true,
      info: true,
      delimiter: [',', ';', '\t'],
    }) as unknown as {
      record: string[];
      info: { lines: number };
    }[];
    const header = records[0]?.record.map((cell) => cell.toLowerCase()) ?? [];
    const pathColumn = header.findIndex((cell) => ['path', 'file', 'filename', 'image', 'name'].includes(cell));
    const labelColumn = header.findIndex((cell) => ['label', 'class', 'category'].includes(cell));
    const hasHeader = pathColumn >= 0 && labelColumn >= 0;
    const [p, l] = hasHeader ? [pathColumn, labelColumn] : [0, 1];
    return (hasHeader ? records.slice(1) : records).map(({ record, info }) => {
      const [path, label] = [record[p], record[l]];
      if (path === undefined || label === undefined || path === '') {
        throw new AppError('invalid-input', `${csvName}, line ${info.lines}: two columns are needed, path and label.`);
      }
      return { line: info.lines, path, label };
    });
  } catch (cause) {
    if (cause instanceof CsvError) throw new AppError('invalid-input', `${csvName} is not valid CSV: ${cause.message}`, { cause });
    throw cause;
  }
}

/** As paths are kept here, whichever system wrote it. */
function slashed(path: string): string {
  return path.replaceAll('\\', '/').replace(/^\.\//, '').normalize('NFC');
}

/**
 * The folder that all paths of a file lie in and that stood elsewhere when it was written, for instance 'C:/data/blood/': the shortest below which
 * one of them is an image here. Null where they share none, so that `cats/1.jpg` never stands for `dogs/1.jpg`.
 */
function movedFolder(paths: readonly string[], byPath: ReadonlyMap<string, number | null>): string | null {
  const folders = paths.map((path) => slashed(path).split('/').slice(0, -1));
  const shared = folders.reduce((common, each) => {
    const end = common.findIndex((name, i) => name !== each[i]);
    return end < 0 ? common : common.slice(0, end);
  });
  for (let depth = 1; depth <= shared.length; depth++) {
    const folder = `${shared.slice(0, depth).join('/')}/`;
    if (paths.some((path) => typeof byPath.get(slashed(path).slice(folder.length)) === 'number')) return folder;
  }
  return null;
}

/**
 * Reads `path,label` rows (a header may name the columns; comma, semicolon or tab). A path may be absolute, relative to a
 * source, or a file name, and may come from another machine where all lay in one folder; one that several images have names none of them. A row without a label is left out. Throws with the line of what cannot be read and of
 * two rows that give one image different labels.
 */
export function answersFromCsv(workspace: Workspace, csvPath: string): ParsedLabels {
  return answersFromCsvText(workspace, csvPath, readText(csvPath));
}

/** As `answersFromCsv`, from the text of a file that messages call `csvName`. */
export function answersFromCsvText(workspace: Workspace, csvName: string, text: string): ParsedLabels {
  const { images, sources } = workspace.project;
  const roots = new Map(sources.list().map((source) => [source.id, source.rootPath]));
  const byPath = new Map<string, number | null>();
  const byFolder = new Map<string, number | null>();
  const byName = new Map<string, number | null>();
  for (const image of images.getMany(images.usable())) {
    const path = image.relativePath.normalize('NFC');
    byPath.set(`${roots.get(image.sourceId) ?? ''}/${path}`.normalize('NFC'), image.id);
    byPath.set(path, byPath.has(path) ? null : image.id);
    // As one would write it who stands beside the folder.
    const beside = `${basename(roots.get(image.sourceId) ?? '')}/${path}`;
    byFolder.set(beside, byFolder.has(beside) ? null : image.id);
    const name = basename(path);
    byName.set(name, byName.has(name) ? null : image.id);
  }
  const answers = new Map<number, string>();
  const lines = new Map<number, number>();
  const unmatched: string[] = [];
  const rows = parseLabelRows(csvName, text).filter(({ label }) => label !== '');
  if (rows.length === 0) throw new AppError('invalid-input', `${csvName} has no row with a path and a label.`);
  const elsewhere = movedFolder(
    rows.map(({ path }) => path),
    byPath,
  );
  for (const { line, path, label } of rows) {
    const clean = path.split(sep).join('/').replace(/^\.\//, '').normalize('NFC');
    const absolute = isAbsolute(path) ? clean : resolve(path).split(sep).join('/').normalize('NFC');
    const below = elsewhere === null ? '' : slashed(path).slice(elsewhere.length);
    const found = [
      byPath.get(clean),
      byPath.get(absolute),
      byName.get(clean),
      byPath.get(slashed(path)),
      byFolder.get(slashed(path)),
      byPath.get(below),
    ];
    const id = found.find((each) => typeof each === 'number');
    if (id === undefined) {
      unmatched.push(`line ${line}: ${path}${found.includes(null) ? ' (several images have this name; give the whole path)' : ''}`);
      continue;
    }
    const before = answers.get(id);
    if (before !== undefined && before !== label) {
      throw new AppError(
        'invalid-input',
        `${csvName}, line ${line}: ${path} is labelled ${label}, but line ${lines.get(id) ?? 0} says ${before}. Keep one of the two.`,
      );
    }
    answers.set(id, label);
    lines.set(id, line);
  }
  if (answers.size === 0) {
    const shown = unmatched.slice(0, 3).join('; ');
    throw new AppError('invalid-input', `${csvName} labels no image of this project${shown === '' ? '.' : `: ${shown}.`} Check its paths.`);
  }
  return { answers, unmatched };
}

/** Gives images the classes of `answers`, as one change that can be undone; classes that are new are added in alphabetical order. */
export function applyLabels(workspace: Workspace, labels: ParsedLabels): LabelReport {
  assignAnswers(workspace, labels.answers);
  return labelReport(workspace, labels);
}

/** The change that `applyLabels` makes; null where all were as they should be. */
export function assignAnswers({ project }: Workspace, answers: LabelAnswers): LabelChange | null {
  return project.transaction(() => {
    const names = [...new Set([...answers.values()].map((name) => name.normalize('NFC').trim()))].sort((a, b) => (a < b ? -1 : 1));
    for (const name of names) {
      if (project.classes.findByName(name) !== null) continue;
      const classes = project.classes.list();
      project.classes.add({ name, colour: nextColour(classes), key: nextKey(classes) });
    }
    const ids = new Map(project.classes.list().map((each) => [each.name, each.id]));
    const entries = [...answers].map(([imageId, name]) => ({ imageId, classId: ids.get(name.normalize('NFC').trim()) ?? 0 }));
    return project.labels.assignEach(entries, 'import');
  });
}

/** What labels given from outside came to. */
export function labelReport(workspace: Workspace, { answers, unmatched }: ParsedLabels): LabelReport {
  const { project } = workspace;
  return {
    numLabelled: answers.size,
    numForTesting: testImages(workspace).filter((id) => answers.has(id)).length,
    classes: project.classes.list().map(({ name, numLabels }) => ({ name, numLabels })),
    unmatched: unmatched.slice(0, 20),
    numUnmatched: unmatched.length,
  };
}
