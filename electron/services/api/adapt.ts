import type { Handlers } from '../../contract/calls.ts';
import { AppError } from '../../contract/errors.ts';
import { adaptDefaults } from '../adaptation/adapt-model.ts';
import { adaptPlan } from '../adaptation/adapt-plan.ts';
import type { AppHost } from '../app-host.ts';
import type { AdaptJobRequest } from '../app-jobs/adapt.ts';
import { findBase, listBases } from '../adaptation/base-list.ts';
import type { DownloadJobRequest } from '../app-jobs/download.ts';
import { catalogueRow } from '../base-models/catalogue.ts';
import { catalogueViews } from '../base-models/catalogue-views.ts';
import { modelsFolder } from '../base-models/get-base.ts';
import { adaptMethodNames, type AdaptMethod } from '../adaptation/method-list.ts';
import { sourcesView } from '../adaptation/source-stages.ts';
import type { ChooseSourceJobRequest } from '../app-jobs/choose-source.ts';
import { checkFolder } from '../intake/import-folder.ts';

type Calls =
  | 'bases.list'
  | 'bases.add'
  | 'bases.catalogue'
  | 'bases.download'
  | 'adapt.plan'
  | 'adapt.measure'
  | 'adapt.preview'
  | 'adapt.start'
  | 'adapt.live'
  | 'sources.choose'
  | 'sources.read';

/** A method that learns from the images alone; those of knowledge transfer are for students. */
export function methodOf(name: string): AdaptMethod {
  const found = adaptMethodNames.find((each) => each === name);
  if (found === undefined) throw new AppError('invalid-input', `There is no method ${name}. Choose another.`);
  return found;
}

/** What to start from, and adapting it. */
export function adaptHandlers(host: AppHost): Pick<Handlers, Calls> {
  const downloadRequest = (name: string): DownloadJobRequest => ({ name, folder: modelsFolder(host.dataDir) });
  return {
    'bases.list': () => listBases(host),
    'bases.add': ({ path }) => host.bases.add(host.allow(path)),
    'bases.catalogue': () => catalogueViews(modelsFolder(host.dataDir), (name) => host.board.findId('download', downloadRequest(name))),
    'bases.download': async ({ name }) => await host.startJob('download', downloadRequest(catalogueRow(name).name)),
    'adapt.plan': (request) => adaptPlan(host, request),
    'adapt.measure': async ({ baseRef, method: name, px }) => {
      const method = methodOf(name);
      const { arch, ref } = findBase(host, baseRef);
      host.workspace();
      if (host.board.isBusy) {
        throw new AppError('conflict', 'A job is running, beside which nothing can be measured. Wait for it, or pause it first.');
      }
      const imagesPerSecond = await host.board.task('measure', { baseRef: ref, method, px }, { inOrder: true });
      host.speeds.set({ arch, method, px, device: host.device }, imagesPerSecond);
      return adaptPlan(host, { baseRef, method, px });
    },
    'adapt.preview': async ({ method = adaptDefaults.method, augmentation = null, ...request }) => {
      host.workspace().project.images.getMany(request.ids);
      return await host.board.task('preview', { ...request, method: methodOf(method), augmentation });
    },
    'adapt.start': async ({ baseRef, method: name, augmentation = null, stopAtPlateau = true, folder: asked = null, ...rest }) => {
      const method = methodOf(name);
      const { ref } = findBase(host, baseRef);
      const folder = asked === null ? null : checkFolder(host.allow(asked));
      return await host.startJob('adapt', { baseRef: ref, method, augmentation, stopAtPlateau, folder, ...rest } satisfies AdaptJobRequest);
    },
    'sources.choose': async ({ baseRef, method: name, folders: asked, augmentation = null, ...rest }) => {
      const method = methodOf(name);
      const { ref } = findBase(host, baseRef);
      const folders = [...new Set(asked.map((folder) => checkFolder(host.allow(folder))))];
      return await host.startJob('choose-source', {
        baseRef: ref,
        method,
        augmentation,
        folders,
        ...rest,
      } satisfies ChooseSourceJobRequest);
    },
    'sources.read': () => sourcesView(host.workspace()),
    'adapt.live': () => host.board.training,
  };
}
