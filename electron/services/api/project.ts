import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Handlers } from '../../contract/calls.ts';
import { AppError } from '../../contract/errors.ts';
import { isWithin } from '../intake/allowed-path.ts';
import type { AppHost } from '../app-host.ts';
import type { ImportRequest } from '../app-jobs/import.ts';
import type { SampleRequest } from '../app-jobs/sample.ts';
import { hasImported, isImportDue } from '../intake/import-due.ts';
import { checkFolder } from '../intake/import-folder.ts';
import { projectPathFor } from '../projects/project-place.ts';
import { projectView } from '../projects/project-view.ts';

type Calls =
  | 'project.openFolder'
  | 'project.open'
  | 'project.openSample'
  | 'project.close'
  | 'project.view'
  | 'project.addFolder'
  | 'project.removeSource'
  | 'project.relocateSource'
  | 'project.rescan';

const sample = { numPerKind: 80, seed: 1 };

/** Opening projects and choosing what belongs to them. */
export function projectHandlers(host: AppHost): Pick<Handlers, Calls> {
  const refuseWhileBusy = (): void => {
    if (host.board.isBusy) throw new AppError('conflict', 'A job is running that reads these images. Wait for it, or cancel it first.');
  };
  return {
    'project.openFolder': async ({ path }) => {
      const folder = checkFolder(host.allow(path));
      const file = projectPathFor(folder, host);
      const { project } = await host.open(file, { create: true });
      // A project of this folder that was given parts of it only stays as it is.
      if (!project.sources.list().some((source) => isWithin(folder, source.rootPath))) project.sources.add(folder);
      if (isImportDue(project)) await host.startJob('import', { folders: null } satisfies ImportRequest);
      host.changed(['sources']);
      return projectView(host);
    },
    'project.open': async ({ path }) => {
      await host.open(host.allow(path), { create: false });
      return projectView(host);
    },
    'project.openSample': async () => {
      const dir = join(host.dataDir, 'samples', 'Sample');
      mkdirSync(dirname(dir), { recursive: true });
      const { project } = await host.open(`${dir}.acclimate`, { create: true });
      if (!existsSync(dir) || !hasImported(project)) await host.startJob('sample', { dir, ...sample } satisfies SampleRequest);
      return projectView(host);
    },
    'project.close': async () => {
      await host.close();
      return null;
    },
    'project.view': () => (host.current === null ? null : projectView(host)),
    'project.addFolder': async ({ path }) => {
      const folder = checkFolder(host.allow(path));
      host.workspace().project.sources.add(folder);
      host.changed(['sources']);
      return await host.startJob('import', { folders: [folder] } satisfies ImportRequest);
    },
    'project.removeSource': ({ id }) => {
      refuseWhileBusy();
      host.workspace().project.sources.remove(id);
      host.changed(['sources', 'images', 'labels', 'classes', 'maps', 'predictions', 'checks']);
      return projectView(host);
    },
    'project.relocateSource': async ({ id, path }) => {
      refuseWhileBusy();
      const folder = checkFolder(host.allow(path));
      host.workspace().project.sources.relocate(id, folder);
      host.changed(['sources', 'images']);
      await host.startJob('import', { folders: [folder] } satisfies ImportRequest);
      return projectView(host);
    },
    'project.rescan': async () => await host.startJob('import', { folders: null } satisfies ImportRequest),
  };
}
