/** One sitting of labelling: which image is shown, what came before and what comes next, and what was done. */
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { CallInput } from '../../../electron/contract/calls.ts';
import type { ClassView, LabelChangeView, LabelQueue, QueueItem } from '../../../electron/contract/domain.ts';
import { formatCount } from '../../lib/format.ts';
import { strings } from '../../lib/strings.ts';
import type { App, Jump } from '../../state/app.svelte.ts';
import { isForTestAlone, positionOf } from '../../state/columns.ts';
import { failureMessage } from '../../state/failures.ts';
import { LabelWall } from './label-wall.svelte.ts';
import { labelsPerMinute } from './pace.ts';

const t = strings.label;
const queueSize = 50;
/** With fewer images ahead, more are asked for. */
const topUpBelow = 20;
/** After so many labels what comes next is chosen afresh, since doubts and guesses follow from labels. */
const renewAfter = 10;
/** So many stay all the same: they are in sight and their pictures are loaded. */
const keptAhead = 4;

export type Strategy = NonNullable<CallInput<'labels.queue'>['strategy']>;
export type LabelMode = 'one' | 'wall';

/** Which images are to be labelled. */
export type LabelScope =
  | { readonly kind: 'all' }
  | { readonly kind: 'cluster'; readonly clusterId: number }
  | { readonly kind: 'source'; readonly sourceId: number }
  /** Exactly these, those that have a label already among them. */
  | { readonly kind: 'images'; readonly imageIds: readonly number[]; readonly title: string | null; readonly isRandom: boolean };

type Step = { readonly kind: 'label' } | { readonly kind: 'skip' | 'exclude'; readonly imageId: number };

export class LabelSession {
  readonly wall: LabelWall;
  /** All images of this sitting in the order shown; those after `position` are still to come. */
  items = $state.raw<readonly QueueItem[]>([]);
  position = $state(0);
  mode = $state<LabelMode>('one');
  strategy = $state<Strategy>('auto');
  scope = $state.raw<LabelScope>({ kind: 'all' });
  explanation = $state('');
  isLoading = $state(false);
  isSaving = $state(false);
  /** The class that could not be saved, to try it again. */
  unsaved = $state.raw<ClassView | null>(null);
  problem = $state<string | null>(null);
  now = $state(0);
  readonly #app: App;
  readonly #clock: () => number;
  readonly #skipped = new SvelteSet<number>();
  readonly #excluded = new SvelteSet<number>();
  /** Images labelled in this sitting, and when. */
  readonly #labelledAt = new SvelteMap<number, number>();
  /** Classes that images had when they were asked for by name. */
  #classesBefore: ReadonlyMap<number, number> = new Map();
  #steps = $state.raw<readonly Step[]>([]);
  #isExhausted = false;
  #numSinceAsked = 0;
  #asked = 0;
  #projectPath: string | null = null;

  constructor(app: App, clock: () => number = Date.now) {
    this.#app = app;
    this.#clock = clock;
    this.now = clock();
    this.wall = new LabelWall(app);
  }

  readonly current = $derived(this.items[this.position] ?? null);
  readonly upcoming = $derived(this.items.slice(this.position + 1).filter(({ imageId }) => this.isOpen(imageId)));
  readonly before = $derived(this.items.slice(0, this.position));
  readonly numLabelled = $derived(this.#labelledAt.size);
  readonly rate = $derived(labelsPerMinute(this.#labelledAt.values(), this.now));

  /** Whether an image still waits for its label in this sitting. */
  isOpen(imageId: number): boolean {
    if (this.#skipped.has(imageId) || this.#excluded.has(imageId) || this.#labelledAt.has(imageId)) return false;
    const { columns } = this.#app;
    const at = columns === null ? -1 : positionOf(columns.ids, imageId);
    if (columns === null || at < 0) return false;
    return columns.isExcluded[at] !== 1 && columns.classIds[at] === (this.#classesBefore.get(imageId) ?? 0);
  }

  isSkipped(imageId: number): boolean {
    return this.#skipped.has(imageId);
  }

  isExcluded(imageId: number): boolean {
    return this.#excluded.has(imageId);
  }

  /** Listens to changes of labels made anywhere, and begins where nothing has begun; ends with the signal. */
  start(signal: AbortSignal): void {
    this.#app.bridge.events.on('labels.changed', ({ change }) => this.#follow(change), { signal });
    const path = this.#app.project?.path ?? null;
    if (path === this.#projectPath) {
      if (this.current === null || !this.isOpen(this.current.imageId)) this.#advance();
      else void this.#topUp();
      return;
    }
    this.#projectPath = path;
    this.#labelledAt.clear();
    this.#excluded.clear();
    this.#skipped.clear();
    this.setScope({ kind: 'all' });
  }

  takeJump({ imageIds, clusterId, title, isRandom = false }: Jump): void {
    if (imageIds !== undefined) this.setScope({ kind: 'images', imageIds, title: title ?? null, isRandom });
    else if (clusterId !== undefined) this.setScope({ kind: 'cluster', clusterId });
  }

  setScope(scope: LabelScope): void {
    this.scope = scope;
    this.#restart();
  }

  setStrategy(strategy: Strategy): void {
    this.strategy = strategy;
    this.#restart();
  }

  /** Asks afresh for what comes next, for instance after a training; what is shown stays. */
  refresh(): void {
    if (this.scope.kind === 'images') return;
    const hasCurrent = this.current !== null;
    this.items = this.items.slice(0, this.position + (hasCurrent ? 1 : 0));
    this.#isExhausted = false;
    this.#asked += 1;
    void this.#topUp();
  }

  /** Takes skipped images in again, where nothing else is left. */
  bringBackSkipped(): void {
    this.#skipped.clear();
    this.#restart();
  }

  /** What kind of step `undo` takes back; null where nothing was done here. */
  get lastStep(): Step['kind'] | null {
    return this.#steps.at(-1)?.kind ?? null;
  }

  get numSkipped(): number {
    return this.#skipped.size;
  }

  /** Gives what is shown this class; goes on only once that is in the file. Resolves to whether it is. */
  async assign(chosen: ClassView, isSuggestion = false): Promise<boolean> {
    const ids = this.mode === 'wall' ? this.wall.kept : this.current === null ? [] : [this.current.imageId];
    if (this.isSaving || ids.length === 0 || (this.mode === 'wall' && this.wall.isLoading)) return false;
    this.isSaving = true;
    this.unsaved = null;
    const isSaved = await this.#app.assign(ids, chosen.id, isSuggestion);
    this.isSaving = false;
    if (!isSaved) {
      this.unsaved = chosen;
      return false;
    }
    this.now = this.#clock();
    for (const id of ids) {
      this.#labelledAt.set(id, this.now);
      this.#skipped.delete(id);
    }
    this.#steps = [...this.#steps, { kind: 'label' }];
    if (this.mode === 'wall') this.wall.close();
    if (ids.length > 1) this.#app.sayChanged(strings.app.labelled(formatCount(ids.length), chosen.name));
    this.#advance();
    this.#numSinceAsked += ids.length;
    if (this.#numSinceAsked >= renewAfter) void this.#renew();
    return true;
  }

  /** Accepts the suggested class. */
  async accept(): Promise<boolean> {
    const suggestion = this.current?.suggestion ?? null;
    const chosen = suggestion === null ? undefined : this.#app.classesById.get(suggestion.classId);
    return chosen === undefined ? false : await this.assign(chosen, true);
  }

  /** Makes the class where there is none, then assigns it. */
  async assignNamed(name: string): Promise<boolean> {
    const chosen = await this.#app.ensureClass(name);
    return chosen === null ? false : await this.assign(chosen);
  }

  /** Removes the label of the image shown. */
  async clear(): Promise<void> {
    if (this.current === null || this.isSaving) return;
    const { imageId } = this.current;
    if (this.#app.classOf(imageId) !== null && (await this.#app.clearLabels([imageId]))) this.#labelledAt.delete(imageId);
  }

  skip(): void {
    if (this.current === null || this.isSaving) return;
    const { imageId } = this.current;
    if (this.#app.classOf(imageId) === null) {
      this.#skipped.add(imageId);
      this.#steps = [...this.#steps, { kind: 'skip', imageId }];
    }
    this.#advance();
  }

  /** Excludes the image shown from everything; resolves once that is in the file. */
  async exclude(): Promise<void> {
    if (this.current === null || this.isSaving) return;
    const { imageId } = this.current;
    this.isSaving = true;
    const outcome = await this.#app.attempt('images.exclude', { ids: [imageId], isExcluded: true });
    this.isSaving = false;
    if (outcome === undefined) return;
    this.#app.rows.patch(imageId, { isExcluded: true });
    this.#excluded.add(imageId);
    this.#steps = [...this.#steps, { kind: 'exclude', imageId }];
    this.#app.sayChanged(strings.app.excluded('1'), () => this.#include(imageId));
    this.#advance();
  }

  /** Takes back the last thing done here: a skip, an exclusion or a change of labels. */
  async undo(): Promise<void> {
    if (this.isSaving) return;
    const last = this.#steps.at(-1);
    // A change of labels is taken off where it is followed, so that one taken back elsewhere counts as well.
    if (last !== undefined && last.kind !== 'label') this.#steps = this.#steps.slice(0, -1);
    if (last?.kind === 'skip') {
      this.#skipped.delete(last.imageId);
      this.show(last.imageId);
    } else if (last?.kind === 'exclude') await this.#include(last.imageId);
    else await this.#app.undo();
  }

  async redo(): Promise<void> {
    if (!this.isSaving) await this.#app.redo();
  }

  /** Back to the image before. */
  previous(): void {
    if (this.position > 0 && !this.isSaving) this.#moveTo(this.position - 1);
  }

  /** On to the next image without deciding about this one. */
  next(): void {
    if (this.current === null || this.isSaving) return;
    this.#moveTo(Math.min(this.items.length, this.position + 1));
  }

  /** Shows an image of this sitting, or one that is not part of it yet. */
  show(imageId: number): void {
    const at = this.items.findIndex((item) => item.imageId === imageId);
    if (at >= 0) {
      this.#moveTo(at);
      return;
    }
    const items = [...this.items];
    items.splice(this.position, 0, this.#itemOf(imageId, t.reasons.undone));
    this.items = items;
    this.#moveTo(this.position);
  }

  setMode(mode: LabelMode): void {
    this.mode = mode;
    if (mode === 'wall' && this.current !== null && !this.isOpen(this.current.imageId)) this.#advance();
    else this.#arrive();
  }

  /** The wall around the image shown, in its present size. */
  reloadWall(): void {
    if (this.mode === 'wall' && this.current !== null) void this.wall.load(this.current.imageId, (id) => this.isOpen(id));
  }

  #restart(): void {
    this.#asked += 1;
    this.#steps = [];
    this.#isExhausted = false;
    this.unsaved = null;
    this.problem = null;
    this.wall.forget();
    this.items = [];
    this.position = 0;
    this.#classesBefore = new Map();
    if (this.scope.kind === 'images') this.#takeNamed(this.scope);
    else void this.#topUp();
  }

  /** A queue of exactly these images. A choice that is not random must not decide which of the images kept apart are labelled. */
  #takeNamed({ imageIds: named, isRandom }: Extract<LabelScope, { kind: 'images' }>): void {
    const { columns } = this.#app;
    const imageIds = isRandom || columns === null ? named : named.filter((id) => !isForTestAlone(columns, id));
    const numLeftOut = named.length - imageIds.length;
    this.#isExhausted = true;
    this.isLoading = false;
    this.explanation = numLeftOut === 0 ? t.explanations.images : t.explanations.imagesLess(formatCount(numLeftOut));
    this.#classesBefore = new Map(imageIds.map((id) => [id, this.#app.classOf(id)?.id ?? 0]));
    for (const id of imageIds) this.#labelledAt.delete(id);
    this.items = imageIds.map((id) => this.#itemOf(id, t.reasons.chosen));
    this.#arrive();
  }

  #itemOf(imageId: number, reason: string): QueueItem {
    const { columns } = this.#app;
    const at = columns === null ? -1 : positionOf(columns.ids, imageId);
    const classId = columns?.predictedIds[at] ?? 0;
    const isTest = columns?.isTest[at] === 1;
    // A guess would sway whoever labels what checks the classifier.
    const suggestion = classId === 0 || isTest ? null : { classId, confidence: columns?.confidence[at] ?? 0 };
    return { imageId, reason, isTest, suggestion };
  }

  #moveTo(position: number): void {
    this.position = position;
    this.unsaved = null;
    this.#arrive();
    void this.#topUp();
  }

  /** To the next image that waits for its label. */
  #advance(): void {
    const from = this.position + 1;
    const at = this.items.findIndex((item, i) => i >= from && this.isOpen(item.imageId));
    this.#moveTo(at < 0 ? this.items.length : at);
  }

  #arrive(): void {
    if (this.mode === 'wall') this.reloadWall();
  }

  async #include(imageId: number): Promise<void> {
    const outcome = await this.#app.attempt('images.exclude', { ids: [imageId], isExcluded: false });
    if (outcome === undefined) return;
    this.#app.rows.patch(imageId, { isExcluded: false });
    this.#excluded.delete(imageId);
    this.#app.sayChanged(strings.app.included('1'), null);
    this.show(imageId);
  }

  /** Goes where an undo or redo has changed something, wherever it was asked for. */
  #follow({ action, imageIds, classIds, isOfClasses }: LabelChangeView): void {
    const isUndo = action === 'undo';
    if (!isUndo && action !== 'redo') return;
    this.now = this.#clock();
    imageIds.forEach((id, i) => {
      if (classIds[i] === 0) this.#labelledAt.delete(id);
      else if (!isUndo) this.#labelledAt.set(id, this.now);
    });
    const [first] = imageIds;
    if (first === undefined || isOfClasses) return;
    if (isUndo) {
      // A label taken back elsewhere was not the last step here.
      if (this.#steps.at(-1)?.kind === 'label') this.#steps = this.#steps.slice(0, -1);
      this.show(first);
    } else {
      this.#steps = [...this.#steps, { kind: 'label' }];
      if (this.current !== null && imageIds.includes(this.current.imageId)) this.#advance();
    }
  }

  async #topUp(): Promise<void> {
    if (this.isLoading && this.#loadingFor === this.#asked) return;
    if (this.#isExhausted || this.scope.kind === 'images' || this.upcoming.length >= topUpBelow) return;
    const asked = this.#asked;
    this.#loadingFor = asked;
    this.isLoading = true;
    this.problem = null;
    try {
      const queue = await this.#ask(this.items);
      if (asked !== this.#asked) return;
      this.#take(queue.items);
      this.explanation = queue.explanation;
    } catch (error) {
      if (asked === this.#asked) this.problem = failureMessage(error);
    } finally {
      if (asked === this.#asked) this.isLoading = false;
    }
  }

  /** What to label next, but for these and what was skipped. */
  async #ask(known: readonly QueueItem[]): Promise<LabelQueue> {
    this.#numSinceAsked = 0;
    const { scope } = this;
    const open = known.map(({ imageId }) => imageId).filter((id) => this.#app.classOf(id) === null);
    return await this.#app.call('labels.queue', {
      count: queueSize,
      strategy: this.strategy,
      ...(scope.kind === 'cluster' ? { clusterId: scope.clusterId } : {}),
      ...(scope.kind === 'source' ? { sourceId: scope.sourceId } : {}),
      skippedIds: [...new Set([...this.#skipped, ...open])],
    });
  }

  /** Puts what is chosen from the newest labels in the place of what is further ahead. Where that fails, all stays as it was. */
  async #renew(): Promise<void> {
    const isBusy = (): boolean => this.isLoading;
    if (this.scope.kind === 'images' || isBusy() || this.#isExhausted) return;
    const asked = this.#asked;
    const near = (): QueueItem[] => this.items.slice(0, this.position + 1 + keptAhead);
    try {
      const queue = await this.#ask(near());
      if (asked !== this.#asked || isBusy() || queue.items.length === 0) return;
      this.items = near();
      this.explanation = queue.explanation;
      this.#take(queue.items);
    } catch {
      // What is there is still worth labelling.
    }
  }

  #loadingFor = -1;

  #take(found: readonly QueueItem[]): void {
    const known = new Set(this.items.map(({ imageId }) => imageId));
    const fresh = found.filter(({ imageId }) => !known.has(imageId) && this.isOpen(imageId));
    this.#isExhausted = fresh.length === 0;
    const numBefore = this.items.length;
    this.items = [...this.items, ...fresh];
    if (this.position >= numBefore && fresh.length > 0) this.#arrive();
  }
}

const sessions = new WeakMap<App, LabelSession>();

/** The app's sitting: it outlives the view, so that a look elsewhere loses neither the place nor the pace. */
export function sessionOf(app: App): LabelSession {
  const session = sessions.get(app) ?? new LabelSession(app);
  sessions.set(app, session);
  return session;
}
