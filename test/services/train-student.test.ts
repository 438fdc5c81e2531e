import { describe, expect, it } from 'vitest';
import { keepTestImages } from '../../electron/services/intake/test-split.ts';
import { trainClassifier } from '../../electron/services/classifiers/train-classifier.ts';
import { checkTeachable, trainStudent, transferMethods } from '../../electron/services/classifiers/train-student.ts';
import type { StudentRequest } from '../../electron/services/classifiers/train-student.ts';
import { embedImages } from '../../electron/services/mapping/embed-images.ts';
import { pictureProject } from './labelled-project.ts';
import type { LabelledProject } from './labelled-project.ts';

/** A project with a classifier of two colours, and labels on the images kept apart. */
async function taughtProject(): Promise<LabelledProject & { readonly teacherId: number }> {
  const made = await pictureProject({ red: 24, blue: 24 });
  const { workspace } = made;
  keepTestImages(workspace, 0.3);
  for (const colour of ['red', 'blue']) workspace.project.labels.assign(made.ids(colour), made.classId(colour));
  const [base] = workspace.project.models.list();
  await embedImages(workspace, base!.id, 32);
  const { modelId } = await trainClassifier(workspace, {
    candidates: [{ modelId: base!.id, px: 32 }],
    finetuneSteps: 0,
    alongside: null,
    flip: false,
    seed: 0,
  });
  return { ...made, teacherId: modelId };
}

const request = (teacherId: number, changes: Partial<StudentRequest> = {}): StudentRequest => ({
  teacherId,
  base: 'scratch:tiny',
  method: 'distil',
  budget: { steps: 6 },
  px: 32,
  sizes: [32],
  logitSteps: 4,
  seed: 1,
  ...changes,
});

describe('a student', () => {
  it.each(transferMethods)(
    'by %s is a classifier of its own, measured beside its teacher on the same images',
    { timeout: 60_000 },
    async (method) => {
      const { workspace, teacherId } = await taughtProject();
      const { models } = workspace.project;
      const report = await trainStudent(workspace, request(teacherId, { method }));
      expect(report.student.modelId).not.toBe(teacherId);
      expect(report.teacher.modelId).toBe(teacherId);
      // Any network tells red from blue.
      for (const { accuracy, msPerImage } of [report.teacher, report.student]) {
        expect(accuracy!.estimate).toBeGreaterThan(0.9);
        expect(msPerImage).toBeGreaterThan(0);
      }
      expect(report.agreement).toBeGreaterThan(0.9);
      // 48 features to 2 classes beside the network's own.
      expect(report.student.numParameters).toBe(report.teacher.numParameters);
      const student = models.get(report.student.modelId);
      expect(student).toMatchObject({ kind: 'classifier', method: 'distil-logits' });
      expect(models.get(student.parentId!)).toMatchObject({ kind: 'adapted', method });
      // Asked again, it is there.
      const numModels = models.list().length;
      expect((await trainStudent(workspace, request(teacherId, { method }))).student.modelId).toBe(report.student.modelId);
      expect(models.list().length).toBe(numModels);
    },
  );

  it('without logit steps is the probe on what it has learnt', async () => {
    const { workspace, teacherId } = await taughtProject();
    const { student } = await trainStudent(workspace, request(teacherId, { logitSteps: 0 }));
    expect(workspace.project.models.get(student.modelId).method).toBe('linear-probe');
  });

  it('is begun with a classifier that knows all classes', async () => {
    const { workspace, teacherId, ids } = await taughtProject();
    const [base] = workspace.project.models.list();
    await expect(trainStudent(workspace, request(base!.id))).rejects.toThrow('is not a classifier');
    const green = workspace.project.classes.add({ name: 'green', colour: '#00cc00', key: null }).id;
    workspace.project.labels.assign(ids('red').slice(0, 12), green);
    expect(() => checkTeachable(workspace, teacherId)).toThrow('classes now that the teacher does not know');
  });
});

describe('a loss on all images beside the labels', () => {
  it('is learnt while fine-tuning', async () => {
    const { workspace } = await taughtProject();
    const { project } = workspace;
    const [base] = project.models.list();
    const common = { candidates: [{ modelId: base!.id, px: 32 }], finetuneSteps: 3, flip: false, seed: 0 };
    const alone = await trainClassifier(workspace, { ...common, alongside: null });
    const beside = await trainClassifier(workspace, { ...common, alongside: { method: 'byol', weight: 0.5 } });
    expect(beside.finetuneSteps).toBe(3);
    expect(project.models.weights(beside.modelId)).not.toEqual(project.models.weights(alone.modelId));
  });
});
