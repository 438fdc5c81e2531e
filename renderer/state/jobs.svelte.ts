/** The jobs of the open project, as the engine tells of them. */
import { SvelteMap } from 'svelte/reactivity';
import type { Api } from '../../electron/contract/calls.ts';
import type { JobKind, JobView, TrainingView } from '../../electron/contract/domain.ts';

export class Jobs {
  readonly #api: Api;
  readonly #jobs = new SvelteMap<number, JobView>();
  /** The training that runs, or the last one that did. */
  training = $state.raw<TrainingView | null>(null);

  constructor(api: Api) {
    this.#api = api;
  }

  /** Newest first. */
  get all(): JobView[] {
    return [...this.#jobs.values()].sort((a, b) => b.id - a.id);
  }

  get active(): JobView[] {
    return this.all.filter(({ status }) => status === 'running' || status === 'queued').reverse();
  }

  get interrupted(): JobView[] {
    return this.all.filter(({ status }) => status === 'interrupted');
  }

  /** The job of this kind that runs or waits, or null. */
  activeOf(kind: JobKind): JobView | null {
    return this.active.find((job) => job.kind === kind) ?? null;
  }

  take(job: JobView): void {
    this.#jobs.set(job.id, job);
  }

  /** The job of that id, or null. */
  find(id: number): JobView | null {
    return this.#jobs.get(id) ?? null;
  }

  /** Takes the answer to a call, unless an event has overtaken it: `before` is what was known when the call was made. */
  takeAnswer(job: JobView, before: JobView | null): void {
    if (this.find(job.id) === before) this.take(job);
  }

  remove(id: number): void {
    this.#jobs.delete(id);
  }

  async reload(): Promise<void> {
    const jobs = await this.#api.call('jobs.list', {});
    this.#jobs.clear();
    for (const job of jobs) this.#jobs.set(job.id, job);
    this.training = await this.#api.call('adapt.live', {});
  }

  clear(): void {
    this.#jobs.clear();
    this.training = null;
  }

  async act(action: 'finish' | 'pause' | 'cancel' | 'resume', id: number): Promise<void> {
    const before = this.find(id);
    this.takeAnswer(await this.#api.call(`jobs.${action}`, { id }), before);
  }

  async dismiss(id: number): Promise<void> {
    await this.#api.call('jobs.dismiss', { id });
    this.remove(id);
  }
}
