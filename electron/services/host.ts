/** What the handlers of calls share: the open project, jobs, and who is told of changes. */
import type { JobKind, JobView } from '../contract/domain.ts';
import type { Emit, ProjectPart } from '../contract/events.ts';
import type { Workspace } from './workspace.ts';

export interface Host {
  /** Where projects without a better place, samples, base models and the list of recent projects are kept. */
  readonly dataDir: string;
  /** Folders are only read below this one; null where there is no limit. */
  readonly root: string | null;
  readonly emit: Emit;
  /** The open project on the engine's own thread, or null. */
  readonly current: Workspace | null;
  /** The open project. Throws `conflict` where none is open. */
  workspace(): Workspace;
  /** Opens (or, with `create`, makes) a project in place of the one that is open. Throws what opening throws, and then keeps the old one. */
  open(projectPath: string, options: { readonly create: boolean }): Promise<Workspace>;
  close(): Promise<void>;
  /** A value that is dear to make, kept until one of `parts` changes or another project is opened. */
  memo<Value>(key: string, parts: readonly (ProjectPart | 'labels')[], make: () => Value): Value;
  /** Tells the window and drops what was kept for these parts. */
  changed(parts: readonly (ProjectPart | 'labels')[]): void;
  /** Queues a job on the computing thread. */
  startJob(kind: JobKind, request: unknown): Promise<JobView>;
  readonly jobs: {
    list(): readonly JobView[];
    finish(id: number): Promise<JobView>;
    pause(id: number): Promise<JobView>;
    cancel(id: number): Promise<JobView>;
    resume(id: number): Promise<JobView>;
    dismiss(id: number): Promise<void>;
  };
}
