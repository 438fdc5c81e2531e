/** What can be downloaded to start from, what of it is here, and the weights file that could not be used. */
import type { CatalogueBaseView, JobView } from '../../../electron/contract/domain.ts';
import type { App } from '../../state/app.svelte.ts';
import type { AdaptSetup } from './adapt-setup.svelte.ts';

export class BaseShelf {
  readonly #app: App;
  readonly #setup: AdaptSetup;
  catalogue = $state.raw<readonly CatalogueBaseView[]>([]);
  /** Why the last file that was added cannot be used; null once that has been read. */
  failure = $state.raw<Error | null>(null);

  constructor(app: App, setup: AdaptSetup) {
    this.#app = app;
    this.#setup = setup;
  }

  /** Changes whenever a download begins or ends, after which the catalogue is to be asked for again. */
  readonly downloads = $derived.by(() =>
    this.#app.jobs.all
      .filter(({ kind }) => kind === 'download')
      .map(({ id, status }) => `${id} ${status}`)
      .join(),
  );
  /** Whether there is nothing but untrained networks to start from. */
  readonly isBare = $derived.by(() => this.#setup.bases.length > 0 && this.#setup.bases.every(({ origin }) => origin === 'scratch'));
  /** The download that runs, else one that waits, or null. */
  readonly running = $derived.by(() => this.#app.jobs.activeOf('download'));

  async load(): Promise<void> {
    this.catalogue = (await this.#app.attempt('bases.catalogue', {})) ?? [];
  }

  jobOf({ jobId }: CatalogueBaseView): JobView | null {
    return jobId === null ? null : this.#app.jobs.find(jobId);
  }

  async download(row: CatalogueBaseView): Promise<void> {
    const before = this.jobOf(row);
    const job = await this.#app.attempt('bases.download', { name: row.name });
    if (job === undefined) return;
    this.#app.jobs.takeAnswer(job, before);
    await this.load();
  }

  async stop(job: JobView): Promise<void> {
    try {
      await this.#app.jobs.act('pause', job.id);
    } catch (error) {
      this.#app.fail(error);
    }
  }

  /** Starts from one that is here. */
  use({ path }: CatalogueBaseView): void {
    this.#setup.choose({ baseRef: path });
  }

  /** Lists a weights file from now on and starts from it, or keeps why that is not possible. */
  async add(path: string): Promise<void> {
    try {
      await this.#setup.addWeights(path);
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
    }
  }
}
