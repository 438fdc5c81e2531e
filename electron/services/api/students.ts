import type { Handlers } from '../../contract/calls.ts';
import { findBase, listBases } from '../adaptation/base-list.ts';
import type { AppHost } from '../app-host.ts';
import type { StudentJobRequest } from '../app-jobs/student.ts';
import { readStudent, studentPlan } from '../classifiers/students.ts';
import { checkTeachable, defaultLogitSteps } from '../classifiers/train-student.ts';

/** A smaller classifier that learns from a large one. */
export function studentHandlers(host: AppHost): Pick<Handlers, 'student.plan' | 'student.start' | 'student.read'> {
  return {
    'student.plan': ({ modelId }) => studentPlan(host.workspace(), listBases(host), modelId),
    'student.start': async ({ teacherId, baseRef, ...rest }) => {
      checkTeachable(host.workspace(), teacherId);
      const { ref } = findBase(host, baseRef);
      return await host.startJob('student', {
        teacherId,
        baseRef: ref,
        logitSteps: defaultLogitSteps,
        ...rest,
      } satisfies StudentJobRequest);
    },
    'student.read': () => readStudent(host.workspace()),
  };
}
