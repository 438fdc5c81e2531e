/** Folders to learn from before the project's own images, and what came of earlier ones. */
import type { JobView, SourcesView } from '../../../electron/contract/domain.ts';
import type { App } from '../../state/app.svelte.ts';
import type { AdaptSetup } from './adapt-setup.svelte.ts';

export class SourceFolders {
  readonly #app: App;
  readonly #setup: AdaptSetup;
  folders = $state.raw<readonly string[]>([]);
  known = $state.raw<SourcesView | null>(null);
  isStarting = $state(false);

  constructor(app: App, setup: AdaptSetup) {
    this.#app = app;
    this.#setup = setup;
  }

  async load(): Promise<void> {
    this.known = (await this.#app.attempt('sources.read', {})) ?? null;
  }

  add(folder: string): void {
    if (!this.folders.includes(folder)) this.folders = [...this.folders, folder];
  }

  remove(folder: string): void {
    this.folders = this.folders.filter((each) => each !== folder);
  }

  /** Learns from one folder. What comes of it is what the next plan starts from. */
  async learn(folder: string): Promise<void> {
    const { baseRef, method, px, minutes, normOnly, stopAtPlateau, augmentation } = this.#setup;
    await this.#start(() =>
      this.#app.attempt('adapt.start', {
        ...{ baseRef, method, px, normOnly, stopAtPlateau, augmentation, folder },
        budget: { minutes },
        seed: 0,
      }),
    );
  }

  /** Learns from each of them in turn and compares. */
  async compare(): Promise<void> {
    const { baseRef, method, px, minutes, normOnly, augmentation } = this.#setup;
    const { folders } = this;
    await this.#start(() =>
      this.#app.attempt('sources.choose', {
        ...{ baseRef, folders: [...folders], method, px, normOnly, augmentation },
        budget: { minutes },
        seed: 0,
      }),
    );
  }

  async #start(ask: () => Promise<JobView | undefined>): Promise<void> {
    if (this.isStarting || this.#setup.baseRef === '') return;
    this.isStarting = true;
    const job = await ask();
    this.isStarting = false;
    if (job === undefined) return;
    this.#app.jobs.take(job);
    // What was chosen to start from is for this stage; the next one starts from what comes of it.
    this.#setup.forgetBase();
  }
}
