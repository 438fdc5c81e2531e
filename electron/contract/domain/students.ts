/** A small network that learns from a classifier. */
import type { IntervalView } from '../domain.ts';

/** What a classifier costs and gives. */
export interface DeployableView {
  readonly modelId: number;
  readonly name: string;
  readonly arch: string;
  readonly px: number;
  readonly numParameters: number;
  readonly numBytes: number;
  /** One image at a time, on this machine. */
  readonly msPerImage: number;
  /** On the labelled images kept apart; null where there are none. */
  readonly accuracy: IntervalView | null;
}

export interface StudentView {
  readonly teacher: DeployableView;
  readonly student: DeployableView;
  /** Share of the images learnt from on which both say the same. */
  readonly agreement: number;
  readonly seconds: number;
  readonly createdAt: number;
}

/** A network that could be the student. */
export interface StudentBaseView {
  readonly ref: string;
  readonly name: string;
  readonly arch: string;
  readonly isPretrained: boolean;
  readonly numParameters: number;
}

/** What a student could be made from. */
export interface StudentPlan {
  readonly teacherId: number;
  readonly teacherName: string;
  readonly teacherArch: string;
  readonly numParameters: number;
  /** Those that are smaller than the teacher, the one to try first at the front. */
  readonly bases: readonly StudentBaseView[];
  readonly minutes: number;
}
