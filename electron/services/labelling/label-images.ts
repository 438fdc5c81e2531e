/** Labels from files, folders and an oracle. */
import { AppError } from '../../contract/errors.ts';
import type { LabelFormat } from '../../contract/label-formats.ts';
import type { LabelChange } from '../../project/labels.ts';
import { nextColour, nextKey } from './class-defaults.ts';
import type { LabelEntry } from './formats/label-entry.ts';
import { matchImages } from './formats/match-images.ts';
import type { ImageMatches, Mismatch } from './formats/match-images.ts';
import { readLabels, readLabelText } from './formats/read-labels.ts';
import type { ReadLabels } from './formats/read-labels.ts';
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
  /** What the file says beside labels of images, with the reason; at most 20 are listed. */
  readonly leftOut: readonly string[];
  readonly numLeftOut: number;
  /** Folders of the file that were taken for folders of the project. */
  readonly moved: ImageMatches['moved'];
  /** What the file turned out to be; null for folders. */
  readonly format: LabelFormat | null;
}

export interface ParsedLabels {
  readonly answers: LabelAnswers;
  readonly unmatched: readonly string[];
  readonly leftOut: readonly string[];
  readonly moved: ImageMatches['moved'];
  readonly format: LabelFormat | null;
}

/** Answers that no file was read for. */
export function unfiled(answers: LabelAnswers): ParsedLabels {
  return { answers, unmatched: [], leftOut: [], moved: [], format: null };
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

/** Beyond these, a file of labels is most likely another file, or its columns are others. */
const maxClasses = 1000;
const maxNameLength = 200;

const reasons: Readonly<Record<Mismatch, string>> = {
  unknown: '',
  several: ' (several images have this name; give the whole path)',
  'several-folders': ' (the file names several folders with such an image; give paths below the folder that was opened)',
};

/** What a file of any format says; without `format` it is told by what the file holds. Throws with the line or path of what cannot be read. */
export function readLabelFile(path: string, format?: LabelFormat): ReadLabels {
  return readLabels(path, readLabelText(path), format);
}

/** Labels from a file of any format. Throws as `answersFromText` does. */
export function answersFromFile(workspace: Workspace, path: string, format?: LabelFormat): ParsedLabels {
  return answersOf(workspace, path, readLabelFile(path, format));
}

/**
 * Labels from the text of a file that messages call `name`; without `format` it is told by what the text holds. Paths are matched by `matchImages`:
 * one that several images have names none of them. Throws with the line or path of what cannot be read, and of two places that give one image
 * different labels.
 */
export function answersFromText(workspace: Workspace, name: string, text: string, format?: LabelFormat): ParsedLabels {
  return answersOf(workspace, name, readLabels(name, text, format));
}

function checkedName(name: string, { where, label }: LabelEntry): string {
  const clean = label.normalize('NFC').trim();
  if (clean !== '' && clean.length <= maxNameLength) return clean;
  const why = clean === '' ? 'the name of the class is empty' : `a class cannot have a name of more than ${maxNameLength} characters`;
  throw new AppError('invalid-input', `${name}, ${where}: ${why}.`);
}

function answersOf(workspace: Workspace, name: string, { entries, leftOut, format }: ReadLabels): ParsedLabels {
  if (entries.length === 0) {
    const shown = leftOut.length === 0 ? '.' : `; left out: ${leftOut.slice(0, 3).join('; ')}.`;
    throw new AppError('invalid-input', `${name} has no row with a path and a label${shown}`);
  }
  const { matches, moved } = matchImages(
    workspace,
    entries.map(({ path }) => path),
  );
  const answers = new Map<number, string>();
  const places = new Map<number, string>();
  const unmatched: string[] = [];
  entries.forEach((entry, i) => {
    const { where, path } = entry;
    const match = matches[i] ?? 'unknown';
    const label = checkedName(name, entry);
    if (typeof match !== 'number') {
      unmatched.push(`${where}: ${path}${reasons[match]}`);
      return;
    }
    const before = answers.get(match);
    if (before !== undefined && before !== label) {
      throw new AppError(
        'invalid-input',
        `${name}, ${where}: ${path} is labelled ${label}, but ${places.get(match) ?? ''} says ${before}. Keep one of the two.`,
      );
    }
    answers.set(match, label);
    places.set(match, where);
  });
  if (answers.size === 0) {
    const shown = unmatched.slice(0, 3).join('; ');
    throw new AppError('invalid-input', `${name} labels no image of this project: ${shown}. Check its paths.`);
  }
  const numClasses = new Set(answers.values()).size;
  if (numClasses > maxClasses) {
    throw new AppError(
      'invalid-input',
      `${name} has ${numClasses.toLocaleString('en')} different labels, more than ${maxClasses.toLocaleString('en')}. Check that its labels are classes.`,
    );
  }
  return { answers, unmatched, leftOut, moved, format };
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
    const classes: { readonly name: string; readonly colour: string; readonly key: string | null }[] = project.classes.list();
    for (const name of names) {
      if (project.classes.findByName(name) !== null) continue;
      classes.push(project.classes.add({ name, colour: nextColour(classes), key: nextKey(classes) }));
    }
    const ids = new Map(project.classes.list().map((each) => [each.name, each.id]));
    const entries = [...answers].map(([imageId, name]) => ({ imageId, classId: ids.get(name.normalize('NFC').trim()) ?? 0 }));
    return project.labels.assignEach(entries, 'import');
  });
}

/** What labels given from outside came to. */
export function labelReport(workspace: Workspace, { answers, unmatched, leftOut, moved, format }: ParsedLabels): LabelReport {
  const { project } = workspace;
  return {
    numLabelled: answers.size,
    numForTesting: testImages(workspace).filter((id) => answers.has(id)).length,
    classes: project.classes.list().map(({ name, numLabels }) => ({ name, numLabels })),
    unmatched: unmatched.slice(0, 20),
    numUnmatched: unmatched.length,
    leftOut: leftOut.slice(0, 20),
    numLeftOut: leftOut.length,
    moved,
    format,
  };
}
