import { describe, expect, it } from 'vitest';
import type { CallInput } from '../../electron/contract/calls.ts';
import type { JobView } from '../../electron/contract/domain.ts';
import { studentJob } from '../../electron/services/app-jobs/student.ts';
import { trainJob } from '../../electron/services/app-jobs/train.ts';
import { readCheck } from '../../electron/services/classifiers/check.ts';
import { unpredictedImages } from '../../electron/services/classifiers/predict-all.ts';
import { readStudent } from '../../electron/services/classifiers/students.ts';
import { checkTeachable } from '../../electron/services/classifiers/train-student.ts';
import { keepTestImages } from '../../electron/services/intake/test-split.ts';
import { jobContext, pictureProject } from './labelled-project.ts';
import type { LabelledProject } from './labelled-project.ts';
import { folderOfPictures, temporaryApp } from './temporary-host.ts';
import type { TestApp } from './temporary-host.ts';

type StudentRequest = CallInput<'student.start'>;

const asked = { baseRef: 'scratch:tiny', method: 'distil', budget: { steps: 4 }, px: 32, seed: 1 } as const;

/** An app with a checked classifier of labelled pictures. */
async function taughtApp(): Promise<{ app: TestApp; request: StudentRequest; folder: string }> {
  const folder = await folderOfPictures({ robin: 16, wren: 16 });
  const app = temporaryApp({ root: folder, checkpointEverySeconds: 1000 });
  await app.call('project.openFolder', { path: folder });
  await app.lastEnded();
  await app.call('labels.importFolders', {});
  await app.ended((await app.call('map.start', { baseRef: 'scratch:tiny', px: 64 })).id);
  await app.ended((await app.call('train.start', { finetune: false, flip: false, seed: 1 })).id);
  const plan = (await app.call('student.plan', {}))!;
  return { app, request: { ...asked, teacherId: plan.teacherId }, folder };
}

const inPhase = async (app: TestApp, id: number, phase: string): Promise<JobView> =>
  await app.until(() => app.payloads('job.changed').find((job) => job.id === id && job.phase === phase && job.done > 0));

const classifiers = async (app: TestApp): Promise<number[]> =>
  (await app.call('models.list', {})).filter(({ kind }) => kind === 'classifier').map(({ id }) => id);

describe('a smaller classifier', () => {
  it('is made by a job, is checked, and can be ended early while it learns the answers', async () => {
    const { app, request } = await taughtApp();
    expect(await app.call('student.read', {})).toBeNull();
    const started = await app.call('student.start', request);
    expect(started).toMatchObject({ kind: 'student', title: 'Teach an untrained tiny what the classifier knows, 4 steps', unit: 'steps' });
    expect(await inPhase(app, started.id, 'Fine-tuning the network')).toMatchObject({ total: 300, unit: 'steps', canFinish: true });
    await app.call('jobs.finish', { id: started.id });
    const ended = await app.ended(started.id);
    expect(ended).toMatchObject({ status: 'succeeded', error: null });
    expect(ended.outcome).toMatch(
      /^The new classifier is no smaller and says the same as its teacher on \d+ % of the images\. It is the newest one now\.$/,
    );
    const view = (await app.call('student.read', {}))!;
    expect(view.teacher.modelId).toBe(request.teacherId);
    expect(await classifiers(app)).toEqual([request.teacherId, view.student.modelId]);
    for (const modelId of [view.student.modelId, request.teacherId]) {
      expect(await app.call('check.read', { modelId })).toMatchObject({ modelId, isStale: false });
    }
    expect((await app.call('check.read', {}))?.modelId).toBe(view.student.modelId);
    const course = app.payloads('training.progressed').at(-1)!;
    expect(course).toMatchObject({ jobId: started.id, method: 'distil' });
    // A classifier is trained on what was adapted, not on what a student has learnt.
    const steps = (await app.call('project.view', {}))!.models.map(({ kind }) => kind);
    expect(steps).toEqual(['base', 'classifier', 'base', 'adapted', 'classifier']);
  });

  it('is not there before it is whole: cancelled, the classifier from before stays the newest, and resumed it goes on', async () => {
    const { app, request } = await taughtApp();
    const { id } = await app.call('student.start', request);
    await inPhase(app, id, 'Fine-tuning the network');
    await app.call('jobs.cancel', { id });
    const cancelled = await app.ended(id);
    expect(cancelled.status).toBe('cancelled');
    expect(await classifiers(app)).toEqual([request.teacherId]);
    expect(await app.call('check.read', {})).toMatchObject({ modelId: request.teacherId, isStale: false });
    expect(await app.call('student.read', {})).toBeNull();
    await app.call('jobs.resume', { id });
    await app.until(() =>
      app.payloads('job.changed').find(({ phase, done }) => phase === 'Fine-tuning the network' && done > Math.max(2, cancelled.done)),
    );
    await app.call('jobs.finish', { id });
    expect((await app.ended(id)).status).toBe('succeeded');
    expect(await classifiers(app)).toHaveLength(2);
  });

  it('can be cancelled while it learns what its teacher sees', async () => {
    const { app, request } = await taughtApp();
    const { id } = await app.call('student.start', { ...request, budget: { minutes: 30 } });
    await app.until(() => app.payloads('training.progressed').find(({ jobId, curves }) => jobId === id && curves.length > 0));
    await app.call('jobs.cancel', { id });
    expect((await app.ended(id)).status).toBe('cancelled');
    expect(await classifiers(app)).toEqual([request.teacherId]);
  });

  it('is refused at once where it cannot be made, saying why', async () => {
    const { app, request, folder } = await taughtApp();
    const base = (await app.call('models.list', {})).find(({ kind }) => kind === 'base')!;
    const refused = async (change: Partial<Record<keyof StudentRequest, unknown>>, why: RegExp): Promise<void> =>
      await expect(app.call('student.start', { ...request, ...change } as StudentRequest)).rejects.toThrow(why);
    await refused({ teacherId: base.id }, /is not a classifier/);
    await refused({ teacherId: 99 }, /There is no model number 99/);
    await refused({ baseRef: 'scratch:none' }, /There is no network none to start from nothing/);
    await refused({ baseRef: 'model:99' }, /There is no model number 99/);
    await refused({ baseRef: `${folder}/../weights.safetensors` }, /Only what lies in/);
    await refused({ method: 'byol' }, /method/);
    await refused({ budget: { minutes: -1 } }, /budget/);
    const finch = await app.call('classes.add', { name: 'finch' });
    const { ids } = await app.call('images.query', { filter: { isTest: false } });
    await app.call('labels.assign', { ids: [...ids.slice(0, 3)], classId: finch.id });
    await refused({}, /There are classes now that the teacher does not know\. Train it again first\./);
    await app.call('labels.undo', {});
    await app.call('labels.clear', { ids: [...(await app.call('images.query', { filter: {} })).ids] });
    await refused({}, /no labels to learn from/);
    expect((await app.call('jobs.list', {})).filter(({ kind }) => kind === 'student')).toEqual([]);
  });
});

describe('labels that change while a student learns', () => {
  async function taughtProject(kept: number): Promise<LabelledProject & { readonly teacherId: number }> {
    const made = await pictureProject({ red: 24, blue: 24, green: 24 });
    const { workspace } = made;
    if (kept > 0) keepTestImages(workspace, kept);
    for (const colour of ['red', 'blue', 'green']) workspace.project.labels.assign(made.ids(colour), made.classId(colour));
    await trainJob.run(workspace, { finetune: false, flip: false, seed: 0, alongside: null }, jobContext());
    return { ...made, teacherId: workspace.project.models.list().at(-1)!.id };
  }

  /** Runs the job; `change` happens once, while the small network learns from its teacher or after it has joined. */
  async function runWith(
    { workspace, teacherId }: Awaited<ReturnType<typeof taughtProject>>,
    when: 'learning' | 'joined',
    change: () => void,
  ) {
    let done = false;
    const once = (): void => {
      if (!done) change();
      done = true;
    };
    const ctx = { ...jobContext(), ...(when === 'learning' ? { onTraining: once } : { onChanged: once }) };
    return await studentJob.run(workspace, { ...asked, teacherId, method: 'distil', logitSteps: 2 }, ctx);
  }

  it('a class that comes is left out, and the check is of the labels that it has learnt', async () => {
    const made = await taughtProject(0);
    const { project } = made.workspace;
    const outcome = await runWith(made, 'learning', () => {
      const yellow = project.classes.add({ name: 'yellow', colour: '#cccc00', key: null }).id;
      project.labels.assign(made.ids('red').slice(0, 8), yellow);
    });
    expect(outcome).toContain('It is the newest one now.');
    const check = readCheck(made.workspace)!;
    expect(check).toMatchObject({ isStale: false, numLabels: 64 });
    expect(check.classes.map(({ name }) => name)).toEqual(['red', 'blue', 'green']);
    expect(readCheck(made.workspace, made.teacherId)).toMatchObject({ isStale: true });
    expect(() => checkTeachable(made.workspace, made.teacherId)).toThrow('does not know');
  });

  it('a class that is removed is left out, too', async () => {
    const made = await taughtProject(0.3);
    await runWith(made, 'learning', () => made.workspace.project.labels.removeClass(made.classId('green')));
    const check = readCheck(made.workspace)!;
    expect(check.classes.map(({ name }) => name)).toEqual(['red', 'blue']);
    expect(check.isStale).toBe(false);
    expect(readStudent(made.workspace)!.student.modelId).toBe(check.modelId);
  });

  it('the student is kept where nothing is left to check it with, and says so', async () => {
    const made = await taughtProject(0);
    const { project } = made.workspace;
    const outcome = await runWith(made, 'joined', () => project.labels.clear(project.images.usable()));
    expect(outcome).toMatch(/; not checked, because labels changed meanwhile\.$/);
    const { student } = readStudent(made.workspace)!;
    expect(readCheck(made.workspace)).toBeNull();
    expect(unpredictedImages(made.workspace, student.modelId)).toHaveLength(0);
  });

  it('with labels of one class left it fails in words, and the classifier from before stays', async () => {
    const made = await taughtProject(0);
    const { project } = made.workspace;
    const removeTwo = (): void => ['green', 'blue'].forEach((name) => project.labels.removeClass(made.classId(name)));
    await expect(runWith(made, 'learning', removeTwo)).rejects.toThrow('Training needs labels of at least two classes');
    expect(project.models.list().filter(({ kind }) => kind === 'classifier')).toHaveLength(1);
  });
});
