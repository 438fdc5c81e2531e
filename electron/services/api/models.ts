import type { Handlers } from '../../contract/calls.ts';
import type { ModelView } from '../../contract/domain.ts';
import { AppError } from '../../contract/errors.ts';
import type { AppHost } from '../app-host.ts';
import { modelViews, trainingOf } from '../adaptation/model-views.ts';

/** Jobs that start from models or make new ones. */
const usesModels: ReadonlySet<string> = new Set(['adapt', 'choose-source', 'map', 'train', 'student', 'export']);

/** The models of the project. */
export function modelHandlers(host: AppHost): Pick<Handlers, 'models.list' | 'models.training' | 'models.rename' | 'models.remove'> {
  const all = (): ModelView[] => modelViews(host.workspace());
  return {
    'models.list': () => all(),
    'models.training': ({ id }) => trainingOf(host.workspace(), id),
    'models.rename': ({ id, name }) => {
      const clean = name.trim();
      if (clean === '') throw new AppError('invalid-input', 'A model needs a name. Type one.');
      host.workspace().project.models.rename(id, clean);
      host.changed(['models']);
      const renamed = all().find((model) => model.id === id);
      if (renamed === undefined) throw new AppError('not-found', `There is no model number ${id}.`);
      return renamed;
    },
    'models.remove': ({ id }) => {
      const { models } = host.workspace().project;
      models.get(id);
      if (host.board.pending().some(({ kind }) => usesModels.has(kind))) {
        throw new AppError('conflict', 'A job is running that works with models. Wait for it, or cancel it first.');
      }
      models.remove(id);
      host.changed(['models', 'maps', 'predictions', 'checks', 'exports']);
      return all();
    },
  };
}
