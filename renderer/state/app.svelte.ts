/** The whole window's state: the open project, its images and jobs, where one is, and the actions that several views share. */
import type { Bridge, ConnectionState } from '../../electron/contract/bridge.ts';
import type { CallInput, CallName, CallResults, ImageFilterInput } from '../../electron/contract/calls.ts';
import type {
  AssignOutcome,
  ClassView,
  ImageColumns,
  JobView,
  LabelChangeView,
  LabelOutcome,
  ProjectView,
} from '../../electron/contract/domain.ts';
import type { ProjectPart } from '../../electron/contract/events.ts';
import { formatCount } from '../lib/format.ts';
import { strings } from '../lib/strings.ts';
import { Toaster } from '../ui/toaster.svelte.ts';
import { positionOf, withClasses } from './columns.ts';
import { failureMessage } from './failures.ts';
import { ImageRows } from './image-rows.svelte.ts';
import { Jobs } from './jobs.svelte.ts';
import { Keyboard } from './keyboard.svelte.ts';
import { Selection } from './selection.svelte.ts';
import { stepsOf } from './steps.ts';
import type { StepId } from './steps.ts';

const t = strings.app;
/** What messages about a change of images are about: only the last one can be taken back. */
const changeTopic = 'change';

/** What a view is asked to show when one jumps to it; each view takes its own and leaves the rest. */
export interface Jump {
  readonly to: StepId;
  /** For Images: the filter to show. `title` says what it is, for instance 'Lion taken for Tiger'. */
  readonly filter?: ImageFilterInput;
  readonly title?: string;
  /** For Explore: images to select and bring into view. For Label: images to label. */
  readonly imageIds?: readonly number[];
  /** For Label: the images are a random sample, so that those kept apart may be among them. */
  readonly isRandom?: boolean;
  /** For Label: only this cluster. */
  readonly clusterId?: number;
}

export class App {
  readonly bridge: Bridge;
  readonly toasts = new Toaster();
  readonly keyboard: Keyboard;
  readonly jobs: Jobs;
  readonly rows: ImageRows;
  /** Shared by the grid and the map. */
  readonly selection = new Selection();

  connection = $state.raw<ConnectionState>({ status: 'connecting' });
  project = $state.raw<ProjectView | null>(null);
  columns = $state.raw<ImageColumns | null>(null);
  /** Counts changes of labels, for what depends on them without knowing which. */
  labelsVersion = $state(0);
  /** Counts changes of images, predictions and maps. */
  imagesVersion = $state(0);
  /** Counts changes of checks and models. */
  modelsVersion = $state(0);
  view = $state<StepId>('images');
  /** The last jump, until the view it is for has taken it. */
  jump = $state.raw<Jump | null>(null);
  isHelpOpen = $state(false);
  areJobsOpen = $state(false);
  isOpening = $state(false);

  readonly #pending = new Set<ProjectPart>();
  #reloading: Promise<void> | null = null;

  constructor(bridge: Bridge, { isMac }: { readonly isMac: boolean }) {
    this.bridge = bridge;
    this.keyboard = new Keyboard(isMac);
    this.jobs = new Jobs(bridge.api);
    this.rows = new ImageRows(bridge.api, (error) => this.fail(error));
  }

  readonly steps = $derived.by(() => (this.project === null ? [] : stepsOf(this.project, this.jobs.active)));

  readonly classesById = $derived(new Map<number, ClassView>(this.project?.classes.map((each) => [each.id, each]) ?? []));

  /** Starts listening and loads what is open; ends with the signal. */
  async start(signal: AbortSignal): Promise<void> {
    const { events } = this.bridge;
    events.on('project.switched', () => void this.reload(), { signal });
    events.on('project.changed', ({ parts }) => this.#changed(parts), { signal });
    events.on('labels.changed', ({ change, classes, history }) => this.#takeChange(change, classes, history), { signal });
    events.on('job.changed', (job) => this.#takeJob(job), { signal });
    events.on('job.removed', ({ id }) => this.jobs.remove(id), { signal });
    events.on('training.progressed', (training) => (this.jobs.training = training), { signal });
    events.on('warning.raised', ({ message }) => this.toasts.show(message, { tone: 'warning' }), { signal });
    let wasConnected = false;
    this.bridge.onConnection(
      (state) => {
        const isBack = state.status === 'connected' && this.connection.status !== 'connected';
        this.connection = state;
        // The engine may be a new one that knows what we do not.
        if (isBack && wasConnected) void this.reload();
        wasConnected ||= state.status === 'connected';
      },
      { signal },
    );
    await this.reload();
  }

  /** A call whose failure the caller handles. */
  call<Name extends CallName>(name: Name, input: CallInput<Name>): Promise<CallResults[Name]> {
    return this.bridge.api.call(name, input);
  }

  /** A call whose failure is shown as a message; undefined then. */
  async attempt<Name extends CallName>(name: Name, input: CallInput<Name>): Promise<CallResults[Name] | undefined> {
    try {
      return await this.call(name, input);
    } catch (error) {
      this.fail(error);
      return undefined;
    }
  }

  /** Shows a failure; cancellations are none. */
  fail(error: unknown): void {
    const message = failureMessage(error);
    if (message !== null) this.toasts.show(message, { tone: 'danger' });
  }

  /** Everything afresh: after opening a project, and after the engine has come back. */
  async reload(): Promise<void> {
    try {
      const project = await this.call('project.view', {});
      const isOther = project?.path !== this.project?.path;
      if (isOther) {
        this.selection.clear();
        this.jobs.clear();
        this.columns = null;
        this.jump = null;
        this.view = 'images';
      }
      this.rows.reset();
      this.project = project;
      if (project === null) return;
      await Promise.all([this.jobs.reload(), this.#reloadColumns()]);
      this.#bump();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Opens a project by a call that answers with it. */
  async open(name: 'project.openFolder' | 'project.open', path: string): Promise<void> {
    await this.#open(() => this.call(name, { path }));
  }

  async openSample(): Promise<void> {
    await this.#open(() => this.call('project.openSample', {}));
  }

  async closeProject(): Promise<void> {
    await this.attempt('project.close', {});
    await this.reload();
  }

  async #open(work: () => Promise<ProjectView>): Promise<void> {
    if (this.isOpening) return;
    this.isOpening = true;
    try {
      await work();
      await this.reload();
    } catch (error) {
      this.fail(error);
    } finally {
      this.isOpening = false;
    }
  }

  go(to: StepId): void {
    this.jump = null;
    this.view = to;
  }

  /** Goes to a view with something to show there. */
  jumpTo(jump: Jump): void {
    this.jump = jump;
    this.view = jump.to;
  }

  /** The jump for this view, once. */
  takeJump(view: StepId): Jump | null {
    const { jump } = this;
    if (jump?.to !== view) return null;
    this.jump = null;
    return jump;
  }

  imageUrl(id: number, variant: Parameters<Bridge['imageUrl']>[1]): string {
    return this.bridge.imageUrl(id, variant, this.project?.imagesVersion ?? '');
  }

  /** The present class of an image, or null. */
  classOf(imageId: number): ClassView | null {
    if (this.columns === null) return null;
    const at = positionOf(this.columns.ids, imageId);
    return this.classesById.get(this.columns.classIds[at] ?? 0) ?? null;
  }

  /** Labels images; resolves once the labels are in the file, to whether they are. */
  async assign(ids: readonly number[], classId: number, isSuggestion = false): Promise<boolean> {
    return (await this.#assign(ids, classId, isSuggestion)) !== undefined;
  }

  /** As `assign`, and says how many images were labelled and how many left out, with the way back. */
  async assignAloud(ids: readonly number[], { id, name }: ClassView): Promise<boolean> {
    if (ids.length === 0) return false;
    const outcome = await this.#assign(ids, id, false);
    if (outcome === undefined) return false;
    const { numLeftOut } = outcome;
    const count = ids.length - numLeftOut;
    const texts = [
      ...(count > 0 ? [t.labelled(formatCount(count), name)] : []),
      ...(numLeftOut > 0 ? [t.leftOut(formatCount(numLeftOut))] : []),
    ];
    this.toasts.show(texts.join(' '), {
      tone: count > 0 ? 'success' : 'warning',
      topic: changeTopic,
      ...(outcome.change !== null && { action: { label: t.undo, onselect: () => void this.undo() } }),
    });
    return true;
  }

  /** Says that something was changed, with the way back; only the last such message stays. */
  sayChanged(message: string, undo: (() => Promise<unknown>) | null = () => this.undo()): void {
    const action = undo && { label: t.undo, onselect: () => void undo() };
    this.toasts.show(message, { tone: 'success', topic: changeTopic, ...(action && { action }) });
  }

  async #assign(ids: readonly number[], classId: number, isSuggestion: boolean): Promise<AssignOutcome | undefined> {
    const outcome = await this.attempt('labels.assign', { ids: [...ids], classId, isSuggestion });
    this.#takeOutcome(outcome);
    return outcome;
  }

  async clearLabels(ids: readonly number[]): Promise<boolean> {
    const outcome = await this.attempt('labels.clear', { ids: [...ids] });
    this.#takeOutcome(outcome);
    if (outcome?.change) this.toasts.show(t.cleared(formatCount(outcome.change.imageIds.length)), { topic: changeTopic });
    return outcome !== undefined;
  }

  async setExcluded(ids: readonly number[], isExcluded: boolean): Promise<void> {
    const outcome = await this.attempt('images.exclude', { ids: [...ids], isExcluded });
    if (outcome === undefined || outcome.numChanged === 0) return;
    for (const id of ids) this.rows.patch(id, { isExcluded });
    const say = isExcluded ? t.excluded : t.included;
    this.toasts.show(say(formatCount(outcome.numChanged)), {
      topic: changeTopic,
      action: { label: t.undo, onselect: () => void this.setExcluded(ids, !isExcluded) },
    });
  }

  /** Takes the last change of labels back; resolves to it, or null where there is none. */
  async undo(): Promise<LabelChangeView | null> {
    const what = this.project?.history.undo;
    const outcome = await this.attempt('labels.undo', {});
    this.#takeOutcome(outcome);
    this.toasts.show(outcome?.change ? t.undone(t.actions[what ?? ''] ?? what ?? '') : t.nothingToUndo, { topic: changeTopic });
    return outcome?.change ?? null;
  }

  async redo(): Promise<LabelChangeView | null> {
    const what = this.project?.history.redo;
    const outcome = await this.attempt('labels.redo', {});
    this.#takeOutcome(outcome);
    this.toasts.show(outcome?.change ? t.redone(t.actions[what ?? ''] ?? what ?? '') : t.nothingToRedo, { topic: changeTopic });
    return outcome?.change ?? null;
  }

  /** A class with this name, made where there is none; null where that failed. */
  async ensureClass(name: string): Promise<ClassView | null> {
    const known = this.project?.classes.find((each) => each.name === name.normalize('NFC').trim());
    if (known !== undefined) return known;
    const added = await this.attempt('classes.add', { name });
    if (added === undefined) return null;
    if (this.project !== null)
      this.project = { ...this.project, classes: [...this.project.classes.filter(({ id }) => id !== added.id), added] };
    return added;
  }

  #takeOutcome(outcome: LabelOutcome | undefined): void {
    if (outcome === undefined) return;
    const { change, classes, history } = outcome;
    if (change !== null) this.#takeChange(change, classes, history);
    else if (this.project !== null) this.project = { ...this.project, classes, history };
  }

  /** A change of one's own comes twice, as the answer and as the event that everybody gets: the second time there is nothing to do. */
  #isKnown({ imageIds, classIds }: LabelChangeView, classes: readonly ClassView[], history: ProjectView['history']): boolean {
    const { columns, project } = this;
    if (columns === null || project === null) return false;
    if (history.undo !== project.history.undo || history.redo !== project.history.redo) return false;
    const isSame = (id: number, i: number): boolean => {
      const at = positionOf(columns.ids, id);
      return at < 0 || columns.classIds[at] === classIds[i];
    };
    return imageIds.every(isSame) && JSON.stringify(classes) === JSON.stringify(project.classes);
  }

  #takeChange(change: LabelChangeView, classes: readonly ClassView[], history: ProjectView['history']): void {
    if (this.#isKnown(change, classes, history)) return;
    if (this.columns !== null) this.columns = withClasses(this.columns, change.imageIds, change.classIds);
    change.imageIds.forEach((id, i) => {
      const classId = change.classIds[i] ?? 0;
      this.rows.patch(id, { classId: classId === 0 ? null : classId });
    });
    if (this.project !== null) {
      const { check, counts } = this.project;
      this.project = {
        ...this.project,
        classes,
        history,
        counts: { ...counts, ...this.#labelCounts() },
        check: check && { ...check, isStale: true },
      };
      // Taken back, labels may be again those that the classifier was checked with.
      if (check !== null && (change.action === 'undo' || change.action === 'redo')) void this.#reloadStanding();
    }
    this.labelsVersion += 1;
  }

  /** Whether the check still is of the labels at hand, which the engine alone can tell. */
  async #reloadStanding(): Promise<void> {
    const { labelsVersion } = this;
    const project = await this.attempt('project.view', {});
    if (project == null || this.project?.path !== project.path || this.labelsVersion !== labelsVersion + 1) return;
    this.project = { ...this.project, check: project.check };
  }

  /** Labels to learn from and to test on, from the columns. */
  #labelCounts(): { labelled: number; labelledForTest: number } | undefined {
    const { columns } = this;
    if (columns === null) return undefined;
    const counts = { labelled: 0, labelledForTest: 0 };
    columns.classIds.forEach((classId, i) => {
      if (classId === 0 || columns.status[i] !== 0 || columns.isExcluded[i] === 1) return;
      if (columns.isTest[i] === 1) counts.labelledForTest += 1;
      else counts.labelled += 1;
    });
    return counts;
  }

  #takeJob(job: JobView): void {
    const before = this.jobs.all.find(({ id }) => id === job.id);
    this.jobs.take(job);
    // Jobs of earlier days are told of when a project is opened: only an end that was waited for is news.
    if (before === undefined || before.status === job.status) return;
    // What an import tells is a count: of what, its title says.
    const isCount = job.kind === 'import' && job.outcome !== null;
    if (job.status === 'succeeded')
      this.toasts.show(isCount ? `${job.title}: ${job.outcome}` : (job.outcome ?? job.title), { tone: 'success' });
    if (job.status === 'failed') this.toasts.show(`${job.title}: ${job.error?.message ?? t.failed}`, { tone: 'danger' });
  }

  /** Changes come in bursts while a job runs; one reload serves all that came before it. */
  #changed(parts: readonly ProjectPart[]): void {
    for (const part of parts) this.#pending.add(part);
    this.#reloading ??= this.#reloadChanged();
  }

  async #reloadChanged(): Promise<void> {
    try {
      while (this.#pending.size > 0) {
        const parts = new Set(this.#pending);
        this.#pending.clear();
        this.project = await this.call('project.view', {});
        if (parts.has('images') || parts.has('sources') || parts.has('predictions') || parts.has('maps') || parts.has('classes')) {
          this.rows.reset();
          await this.#reloadColumns();
        }
        this.#bump();
      }
    } catch (error) {
      this.fail(error);
    } finally {
      this.#reloading = null;
    }
  }

  async #reloadColumns(): Promise<void> {
    const columns = await this.call('images.columns', {});
    this.columns = columns;
    this.selection.keepOnly((id) => positionOf(columns.ids, id) >= 0);
  }

  #bump(): void {
    this.imagesVersion += 1;
    this.modelsVersion += 1;
    this.labelsVersion += 1;
  }
}
