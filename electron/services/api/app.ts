import { availableParallelism } from 'node:os';
import { platform } from 'node:process';
import type { Handlers } from '../../contract/calls.ts';
import type { AppHost } from '../app-host.ts';
import { listFolder } from '../intake/folder-list.ts';

/** The app itself, recent projects, and folders to choose from. */
export function appHandlers(host: AppHost): Pick<Handlers, 'app.view' | 'app.recents' | 'app.forgetRecent' | 'folders.list'> {
  return {
    'app.view': () => ({
      version: host.version,
      platform,
      numCores: availableParallelism(),
      dataDir: host.dataDir,
      root: host.root,
    }),
    'app.recents': () => host.recents.list(),
    'app.forgetRecent': ({ path }) => {
      host.recents.forget(path);
      return host.recents.list();
    },
    'folders.list': async ({ path }) => await listFolder(path, host.root),
  };
}
