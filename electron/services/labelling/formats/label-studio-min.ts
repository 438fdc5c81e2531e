/** Labels as Label Studio's JSON-MIN: the data of each task with the answers among them, under the names of the questions. */
import { z } from 'zod';
import { AppError } from '../../../contract/errors.ts';
import { labelNames } from './csv.ts';
import { checked, parseJson } from './json-text.ts';
import type { LabelEntry, LabelFile, LabelledImage } from './label-entry.ts';
import { imagePathOf, isImageKey, taskData } from './task-image.ts';

type Task = Readonly<Record<string, unknown>>;

/** What Label Studio itself adds to each task. */
const ownKeys: readonly string[] = ['id', 'annotator', 'annotation_id', 'created_at', 'updated_at', 'lead_time'];
const questionNames: readonly string[] = [...labelNames, 'choice'];
const severalSchema = z.object({ choices: z.array(z.string()) });

/** The answer as a list; several choices come as an object. Null for what is no choice. */
function choicesOf(value: unknown): readonly string[] | null {
  if (typeof value === 'string') return value === '' ? [] : [value];
  const several = severalSchema.safeParse(value);
  return several.success ? several.data.choices : null;
}

/** The key of the answers: one that is called like a class, else the only one that can hold them. Throws where that cannot be told. */
function questionOf(name: string, tasks: readonly Task[]): string {
  const holders = new Set<string>();
  for (const task of tasks) {
    for (const [key, value] of Object.entries(task)) {
      if (!ownKeys.includes(key) && !isImageKey(key) && choicesOf(value) !== null) holders.add(key);
    }
  }
  const called = questionNames.find((each) => holders.has(each));
  if (called !== undefined) return called;
  const [only, ...others] = holders;
  if (only !== undefined && others.length === 0) return only;
  const found = only === undefined ? 'has no choices' : `may have its labels under ${[only, ...others].slice(0, 5).join(', ')}`;
  throw new AppError('invalid-input', `${name} ${found}. Name the <Choices> of the project “label”, or export it as JSON.`);
}

/** The choice of each task; tasks with several are left out and named. Throws `invalid-input` with the path of what does not fit. */
export function readLabelStudioMin(name: string, text: string): LabelFile {
  const tasks = checked(z.array(z.record(z.string(), z.unknown())), parseJson(name, text), name, '');
  const question = questionOf(name, tasks);
  const entries: LabelEntry[] = [];
  const leftOut: string[] = [];
  tasks.forEach((task, i) => {
    const where = `[${i}]`;
    const path = imagePathOf(task);
    if (path === null) throw new AppError('invalid-input', `${name}, at ${where}: there is no image.`);
    if (!Object.hasOwn(task, question)) return;
    const choices = choicesOf(task[question]);
    if (choices === null) throw new AppError('invalid-input', `${name}, at ${where}.${question}: one choice is expected.`);
    const [label, ...others] = new Set(choices);
    if (label === undefined) return;
    if (others.length === 0) entries.push({ where, path, label });
    else leftOut.push(`${where}, ${path}: it has several choices, ${[label, ...others].slice(0, 5).join(', ')}`);
  });
  return { entries, leftOut };
}

/** A task with its answer for every image. */
export function writeLabelStudioMin(images: readonly LabelledImage[]): string {
  return `${JSON.stringify(
    images.map(({ id, path, label }) => ({ id, ...taskData(path), label })),
    null,
    1,
  )}\n`;
}
