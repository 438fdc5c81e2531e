/** What the engine tells the window without being asked. */
import type { ClassView, HistoryView, JobView, LabelChangeView, TrainingView } from './domain.ts';

/** What of a project has changed, so that only that is asked for again. */
export type ProjectPart = 'sources' | 'images' | 'classes' | 'models' | 'maps' | 'predictions' | 'checks' | 'exports';

export interface Events {
  /** Another project was opened or closed; null for none. */
  'project.switched': { readonly path: string | null };
  'project.changed': { readonly parts: readonly ProjectPart[] };
  /** Sent for every change of labels, whoever made it. */
  'labels.changed': { readonly change: LabelChangeView; readonly classes: readonly ClassView[]; readonly history: HistoryView };
  'job.changed': JobView;
  'job.removed': { readonly id: number };
  'training.progressed': TrainingView;
  /** Something a person should know that stops nothing. */
  'warning.raised': { readonly message: string };
}

export type EventName = keyof Events;

export const eventNames = [
  'project.switched',
  'project.changed',
  'labels.changed',
  'job.changed',
  'job.removed',
  'training.progressed',
  'warning.raised',
] as const satisfies readonly EventName[];

export type Emit = <Name extends EventName>(name: Name, payload: Events[Name]) => void;

/** Listens until the signal aborts. */
export interface EventSource {
  on<Name extends EventName>(name: Name, listener: (payload: Events[Name]) => void, options: { readonly signal: AbortSignal }): void;
}
