/**
 * Labels as the JSON of Label Studio (labelstud.io, "Export annotations" and "Import pre-annotated data"): tasks whose annotations are answers to
 * one `<Choices name="label" toName="image">`.
 */
import { z } from 'zod';
import { AppError } from '../../../contract/errors.ts';
import { checked, parseJson } from './json-text.ts';
import type { LabelEntry, LabelFile, LabelledImage } from './label-entry.ts';
import { imagePathOf, taskData } from './task-image.ts';

const resultSchema = z.object({
  type: z.string(),
  from_name: z.string().optional(),
  value: z.object({ choices: z.array(z.string()).optional() }).optional(),
});
const annotationSchema = z.object({
  result: z.array(resultSchema),
  was_cancelled: z.boolean().nullish(),
  ground_truth: z.boolean().nullish(),
});
const taskSchema = z.object({
  data: z.record(z.string(), z.unknown()),
  annotations: z.array(annotationSchema).nullish(),
  predictions: z.array(z.unknown()).nullish(),
});

type Task = z.infer<typeof taskSchema>;
type Answer = { readonly label: string } | { readonly problem: string } | null;

/** The question that all answers of the file are to. Throws where there are several: which one is the class cannot be told. */
function questionOf(name: string, tasks: readonly Task[]): string | undefined {
  const answers = tasks.flatMap(({ annotations }) => annotations ?? []).flatMap(({ result }) => result);
  const questions = new Set(answers.filter(({ type }) => type === 'choices').map((each) => each.from_name));
  if (questions.size > 1) {
    const list = [...questions].slice(0, 5).join(', ');
    throw new AppError('invalid-input', `${name} answers several questions: ${list}. Export a project that asks for the class alone.`);
  }
  return [...questions][0];
}

/** What people answered; the annotation marked as ground truth where there is one. Nobody's answer is preferred where they disagree. */
function answerOf({ annotations, predictions }: Task, question: string | undefined): Answer {
  const given = (annotations ?? []).filter((each) => each.was_cancelled !== true);
  const truths = given.filter((each) => each.ground_truth === true);
  const results = (truths.length > 0 ? truths : given).flatMap(({ result }) => result);
  const choices = results
    .filter(({ type, from_name: from }) => type === 'choices' && from === question)
    .map(({ value }) => value?.choices ?? []);
  const several = choices.find(({ length }) => length > 1);
  if (several !== undefined) return { problem: `it has several choices, ${several.slice(0, 5).join(', ')}` };
  const [label, ...others] = new Set(choices.flat());
  if (others.length > 0) return { problem: `its annotators disagree, ${[label, ...others].slice(0, 5).join(', ')}` };
  if (label !== undefined) return { label };
  if (results.length > 0) return { problem: 'it has marks in the image, but no choice for the whole image' };
  return (predictions ?? []).length > 0 ? { problem: 'it has a prediction, but nobody’s answer' } : null;
}

/**
 * The choice of each task. Tasks without an answer are passed over; those with several, with contradicting ones or with a model's alone are left out
 * and named. Throws `invalid-input` with the path of what does not fit.
 */
export function readLabelStudio(name: string, text: string): LabelFile {
  const value = parseJson(name, text);
  const list = Array.isArray(value) ? (value as unknown[]) : [value];
  const tasks = list.map((task, i) => checked(taskSchema, task, name, `[${i}]`));
  const question = questionOf(name, tasks);
  const entries: LabelEntry[] = [];
  const leftOut: string[] = [];
  tasks.forEach((task, i) => {
    const where = `[${i}]`;
    const path = imagePathOf(task.data);
    if (path === null) throw new AppError('invalid-input', `${name}, at ${where}.data: there is no image.`);
    const answer = answerOf(task, question);
    if (answer === null) return;
    if ('label' in answer) entries.push({ where, path, label: answer.label });
    else leftOut.push(`${where}, ${path}: ${answer.problem}`);
  });
  return { entries, leftOut };
}

/** An answer to the question, as annotations and predictions hold it. */
export function choiceResult(id: string, label: string): Readonly<Record<string, unknown>> {
  return { id, from_name: 'label', to_name: 'image', type: 'choices', value: { choices: [label] } };
}

/** A task with one annotation for every image. */
export function writeLabelStudio(images: readonly LabelledImage[]): string {
  const tasks = images.map(({ id, path, label }) => ({
    id,
    data: taskData(path),
    annotations: [{ id, was_cancelled: false, ground_truth: false, result: [choiceResult(`label-${id}`, label)] }],
    predictions: [],
  }));
  return `${JSON.stringify(tasks, null, 1)}\n`;
}
