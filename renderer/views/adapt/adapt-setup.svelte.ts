/** What is about to be adapted and how: the engine's plan, and where a person has chosen otherwise. */
import type { AugmentationChoice } from '../../../electron/contract/augmentation.ts';
import type { AdaptPlan, BaseView } from '../../../electron/contract/domain.ts';
import type { App } from '../../state/app.svelte.ts';
import { presentationsPerImage } from './budget.ts';

interface Chosen {
  readonly baseRef?: string;
  readonly method?: string;
  readonly px?: number;
  readonly minutes?: number;
  readonly normOnly?: boolean;
  readonly stopAtPlateau?: boolean;
  /** Undefined goes back to what the method does. */
  readonly augmentation?: AugmentationChoice | undefined;
}

export class AdaptSetup {
  readonly #app: App;
  bases = $state.raw<readonly BaseView[]>([]);
  plan = $state.raw<AdaptPlan | null>(null);
  #chosen = $state.raw<Chosen>({});
  isMeasuring = $state(false);
  isStarting = $state(false);
  /** The newest question wins. */
  #asked = 0;

  constructor(app: App) {
    this.#app = app;
  }

  readonly baseRef = $derived(this.#chosen.baseRef ?? this.plan?.baseRef ?? '');
  readonly method = $derived(this.#chosen.method ?? this.plan?.method ?? '');
  readonly px = $derived(this.#chosen.px ?? this.plan?.px ?? 96);
  readonly minutes = $derived(this.#chosen.minutes ?? this.plan?.minutes ?? 10);
  readonly normOnly = $derived(this.#chosen.normOnly ?? this.plan?.normOnly ?? false);
  readonly stopAtPlateau = $derived(this.#chosen.stopAtPlateau ?? true);
  /** Null for what the method does by itself. */
  readonly augmentation = $derived(this.#chosen.augmentation ?? null);
  readonly base = $derived(this.bases.find(({ ref }) => ref === this.baseRef) ?? null);
  readonly methodView = $derived(this.plan?.methods.find(({ name }) => name === this.method) ?? null);
  readonly isChanged = $derived(Object.values(this.#chosen).some((value) => value !== undefined));
  readonly times = $derived(
    this.plan === null ? null : presentationsPerImage(this.minutes, this.plan.imagesPerSecond, this.plan.numImages),
  );

  /** Asks for bases and the plan for what is chosen. */
  async load(): Promise<void> {
    const asked = ++this.#asked;
    const { baseRef, method, px } = this.#chosen;
    const [bases, plan] = await Promise.all([
      this.#app.attempt('bases.list', {}),
      this.#app.attempt('adapt.plan', {
        ...(baseRef !== undefined && { baseRef }),
        ...(method !== undefined && { method }),
        ...(px !== undefined && { px }),
      }),
    ]);
    if (asked !== this.#asked) return;
    this.bases = bases ?? [];
    if (plan !== undefined) this.plan = plan;
    // A base that is gone cannot be started from.
    if (baseRef !== undefined && bases?.every(({ ref }) => ref !== baseRef)) this.reset();
  }

  /** Takes a choice; what depends on it is planned anew. */
  choose(change: Chosen): void {
    this.#chosen = { ...this.#chosen, ...change };
    if ('baseRef' in change || 'method' in change || 'px' in change) void this.load();
  }

  /** Starts again from what the plan says, and leaves all else as chosen. */
  forgetBase(): void {
    this.#chosen = { ...this.#chosen, baseRef: undefined };
    void this.load();
  }

  reset(): void {
    this.#chosen = {};
    void this.load();
  }

  /** Lists a weights file from now on and starts from it. Throws where it cannot be used. */
  async addWeights(path: string): Promise<void> {
    const added = await this.#app.call('bases.add', { path });
    this.#chosen = { ...this.#chosen, baseRef: added.ref };
    await this.load();
  }

  async measure(): Promise<void> {
    if (this.isMeasuring) return;
    this.isMeasuring = true;
    const { baseRef, method, px } = this;
    const plan = await this.#app.attempt('adapt.measure', { baseRef, method, px });
    this.isMeasuring = false;
    if (plan === undefined) return;
    // Something else may have been chosen meanwhile.
    if (baseRef === this.baseRef && method === this.method && px === this.px) this.plan = plan;
    else await this.load();
  }

  async start(): Promise<void> {
    if (this.isStarting || this.baseRef === '') return;
    this.isStarting = true;
    const { baseRef, method, px, minutes, normOnly, stopAtPlateau, augmentation } = this;
    const job = await this.#app.attempt('adapt.start', {
      ...{ baseRef, method, px, normOnly, stopAtPlateau, augmentation },
      budget: { minutes },
      seed: 0,
    });
    this.isStarting = false;
    if (job !== undefined) this.#app.jobs.take(job);
  }
}
