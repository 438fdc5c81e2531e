/** A job that the window can start. It runs on the computing thread, on a workspace of its own, and may run several of the services' jobs. */
import type { z } from 'zod';
import type { JobKind, JobView, TrainingView } from '../../contract/domain.ts';
import type { ProjectPart } from '../../contract/events.ts';
import type { RunContext } from '../../contract/progress.ts';
import type { Workspace } from '../workspace.ts';

export interface AppJobContext extends RunContext {
  /** Aborted where a training shall end now and keep what it learnt. */
  readonly finish: AbortSignal;
  readonly onTraining: (training: Omit<TrainingView, 'jobId'>) => void;
  /** Tells the engine that these parts of the project are new, before the job has ended. */
  readonly onChanged: (parts: readonly ProjectPart[]) => void;
}

/** Running it again after it was cut off goes on where it stopped, since the services' jobs inside do. */
export interface AppJob<Request> {
  readonly kind: JobKind;
  readonly schema: z.ZodType<Request>;
  /** What its progress counts; a job of several kinds of work tells by the phase. */
  readonly unit: JobView['unit'] | ((request: Request, phase: string) => JobView['unit']);
  readonly canFinish: boolean;
  readonly title: (workspace: Workspace, request: Request) => string;
  /** Returns one sentence of what came of it. */
  readonly run: (workspace: Workspace, request: Request, ctx: AppJobContext) => Promise<string>;
  /** What of the project is new afterwards. */
  readonly changes: readonly ProjectPart[];
}
