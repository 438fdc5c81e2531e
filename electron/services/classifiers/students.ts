/** Small classifiers that learnt from large ones: what they could be made from, and how they compare. */
import { z } from 'zod';
import type { BaseView, StudentBaseView, StudentPlan, StudentView } from '../../contract/domain.ts';
import { networkFor } from '../../nn/registry.ts';
import { sizeAlone } from '../adaptation/models.ts';
import type { Workspace } from '../workspace.ts';
import { classifierFor } from './exports.ts';
import { numParametersOf } from './train-student.ts';
import type { Deployable, StudentReport } from './train-student.ts';

const kind = 'student';

const interval = z.object({ estimate: z.number(), low: z.number(), high: z.number() });
const deployable = z.object({
  modelId: z.number(),
  name: z.string(),
  arch: z.string(),
  px: z.number(),
  numParameters: z.number(),
  msPerImage: z.number(),
  accuracy: interval.nullable(),
}) satisfies z.ZodType<Deployable>;
const reportSchema = z.object({
  teacher: deployable,
  student: deployable,
  agreement: z.number(),
  labels: z.string().default(''),
  seconds: z.number(),
}) satisfies z.ZodType<StudentReport>;

/** Keeps how a student compares with its teacher, for as long as the student is there. */
export function storeStudent({ project }: Workspace, report: StudentReport): void {
  project.analyses.put({ kind, modelId: report.student.modelId, params: {} }, { summary: report });
}

/** The newest student beside its teacher; null where there is none, or where its teacher was removed. */
export function readStudent(workspace: Workspace): StudentView | null {
  const { analyses, models } = workspace.project;
  const stored = analyses.latest(kind);
  const parsed = reportSchema.safeParse(stored?.summary);
  if (stored === null || !parsed.success) return null;
  const { teacher, student, agreement, seconds } = parsed.data;
  const records = models.list();
  const sized = [teacher, student].map((each) => {
    const record = records.find(({ id }) => id === each.modelId);
    return record === undefined ? null : { ...each, name: record.name, numBytes: sizeAlone(workspace, record) };
  });
  const [teacherView, studentView] = sized;
  if (!teacherView || !studentView) return null;
  return { teacher: teacherView, student: studentView, agreement, seconds, createdAt: stored.createdAt };
}

/** The usual time: a small network is fast, and learns from what another has understood. */
const minutes = 10;

/** What a student of this classifier, or the newest one, could be made from; null without a classifier. Throws as `classifierFor`. */
export function studentPlan(workspace: Workspace, bases: readonly BaseView[], modelId?: number): StudentPlan | null {
  const teacher = classifierFor(workspace, modelId);
  if (teacher === null) return null;
  const numClasses = teacher.outputs.length;
  const numParameters = numParametersOf(networkFor(teacher.arch), numClasses);
  const views = bases
    .map(({ ref, name, arch, origin }): StudentBaseView => {
      return { ref, name, arch, isPretrained: origin !== 'scratch', numParameters: numParametersOf(networkFor(arch), numClasses) };
    })
    .filter((base) => base.numParameters < numParameters)
    // A network that can see already needs far less time, whatever its size.
    .sort((a, b) => Number(b.isPretrained) - Number(a.isPretrained) || b.numParameters - a.numParameters);
  return { teacherId: teacher.id, teacherName: teacher.name, teacherArch: teacher.arch, numParameters, bases: views, minutes };
}
