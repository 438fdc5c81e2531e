import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { CallInput, CallName, CallResults, Handlers } from '../../electron/contract/calls.ts';
import type { JobView } from '../../electron/contract/domain.ts';
import type { EventName, Events } from '../../electron/contract/events.ts';
import { allHandlers, callHandler } from '../../electron/services/api/all.ts';
import { AppHost } from '../../electron/services/app-host.ts';
import type { AppHostOptions } from '../../electron/services/app-host.ts';
import { picture } from '../images/odd-files.ts';
import { temporaryFolder } from '../project/temporary-project.ts';

type Told = { [Name in EventName]: { readonly name: Name; readonly payload: Events[Name] } }[EventName];

/** A host with a data folder of its own, the calls of its window, and everything the window was told. */
export class TestApp {
  readonly host: AppHost;
  readonly told: Told[] = [];
  readonly #handlers: Handlers;
  readonly #waiting = new Set<() => void>();

  constructor(options: Partial<AppHostOptions> & { readonly dataDir: string }) {
    this.host = new AppHost({
      cacheDir: join(options.dataDir, 'cache'),
      modelDirs: [],
      checkpointEverySeconds: 1,
      ...options,
      emit: (name, payload) => {
        this.told.push({ name, payload } as Told);
        for (const look of this.#waiting) look();
      },
    });
    this.#handlers = allHandlers(this.host);
  }

  async call<Name extends CallName>(name: Name, input: CallInput<Name>): Promise<CallResults[Name]> {
    return (await callHandler(this.#handlers, name, input)) as CallResults[Name];
  }

  /** The payloads of one event so far. */
  payloads<Name extends EventName>(name: Name): Events[Name][] {
    return this.told.filter((each) => each.name === name).map((each) => each.payload as Events[Name]);
  }

  /** Resolves with what `find` finds among what was and will be told. */
  async until<Found>(find: () => Found | null | undefined): Promise<Found> {
    return await new Promise((resolve) => {
      const look = (): void => {
        const found = find();
        if (found === null || found === undefined) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** The last state of a job once it has ended. */
  async ended(id: number): Promise<JobView> {
    const isOver = ({ status }: JobView): boolean => status !== 'queued' && status !== 'running';
    const from = this.told.length;
    const now = (await this.call('jobs.list', {})).find((job) => job.id === id);
    if (now !== undefined && isOver(now)) return now;
    return await this.until(() =>
      this.told
        .slice(from)
        .filter((each) => each.name === 'job.changed')
        .map((each) => each.payload)
        .find((job) => job.id === id && isOver(job)),
    );
  }

  /** The newest job once it has ended. */
  async lastEnded(): Promise<JobView> {
    const [newest] = await this.call('jobs.list', {});
    if (newest === undefined) throw new Error('There is no job.');
    return await this.ended(newest.id);
  }
}

/** An app in a folder of the present test's own. */
export function temporaryApp(options: Partial<AppHostOptions> = {}): TestApp {
  const app = new TestApp({ dataDir: join(temporaryFolder(), 'data'), ...options });
  onTestFinished(async () => await app.host.close());
  return app;
}

/** A folder `name` in a folder of its own, with small pictures in one folder per kind; returns its path. Other seeds give other pictures. */
export async function folderOfPictures(counts: Readonly<Record<string, number>>, name = 'birds', firstSeed = 1): Promise<string> {
  const folder = join(temporaryFolder(), name);
  let seed = firstSeed;
  for (const [kind, count] of Object.entries(counts)) {
    mkdirSync(join(folder, kind), { recursive: true });
    for (let i = 0; i < count; i++) {
      await picture(seed++, 48, 40)
        .png()
        .toFile(join(folder, kind, `${kind}-${i}.png`));
    }
  }
  return folder;
}
