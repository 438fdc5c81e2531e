/** What the engine's own thread and a computing thread say to one another. */
import type { JobKind, TrainingView } from '../../contract/domain.ts';
import type { ProjectPart } from '../../contract/events.ts';
import type { Result, WireError } from '../../contract/result.ts';
import type { JobSnapshot } from '../../jobs/run-job.ts';
import type { Device } from '../workspace.ts';
import type { TaskInputs, TaskName, TaskResults } from './tasks.ts';

/** What a computing thread opens its workspace with. */
export interface ComputeSetup {
  readonly projectPath: string;
  readonly device?: Device;
  readonly cacheDir?: string;
  readonly dataDir?: string;
  readonly checkpointEverySeconds?: number;
}

/** `finish` ends a training and keeps its result, `pause` stops at a checkpoint to go on later, `cancel` stops. */
export type StopKind = 'finish' | 'pause' | 'cancel';

export type ToThread =
  | { readonly type: 'job'; readonly jobId: number; readonly kind: JobKind; readonly request: unknown; readonly setup: ComputeSetup }
  | { readonly type: 'stop'; readonly jobId: number; readonly how: StopKind }
  | {
      [Name in TaskName]: {
        readonly type: 'task';
        readonly id: number;
        readonly name: Name;
        readonly input: TaskInputs[Name];
        readonly setup: ComputeSetup;
      };
    }[TaskName];

export type FromThread =
  | { readonly type: 'snapshot'; readonly jobId: number; readonly snapshot: JobSnapshot }
  | { readonly type: 'training'; readonly jobId: number; readonly training: Omit<TrainingView, 'jobId'> }
  | { readonly type: 'changed'; readonly jobId: number; readonly parts: readonly ProjectPart[] }
  | { readonly type: 'warning'; readonly message: string }
  /** The last of a job: its workspace is closed. */
  | { readonly type: 'ended'; readonly jobId: number; readonly error: WireError | null }
  | { readonly type: 'answer'; readonly id: number; readonly result: Result<TaskResults[TaskName]> };
