import type { Handlers } from '../../contract/calls.ts';
import type { ClassView } from '../../contract/domain.ts';
import { AppError } from '../../contract/errors.ts';
import { nextColour, nextKey } from '../labelling/class-defaults.ts';
import type { Host } from '../host.ts';
import { publishLabels } from '../labelling/label-news.ts';

type Calls = 'classes.add' | 'classes.update' | 'classes.remove' | 'classes.merge' | 'classes.reorder';

/** The classes images are labelled with. Removing and merging can be undone, since it changes labels. */
export function classHandlers(host: Host): Pick<Handlers, Calls> {
  const told = (view: ClassView): ClassView => {
    host.changed(['classes']);
    return view;
  };
  return {
    'classes.add': ({ name, colour, key }) => {
      const { classes } = host.workspace().project;
      const known = classes.list();
      return told(classes.add({ name, colour: colour ?? nextColour(known), key: key === undefined ? nextKey(known) : key }));
    },
    'classes.update': ({ id, ...change }) => told(host.workspace().project.classes.update(id, change)),
    'classes.remove': ({ id }) => publishLabels(host, host.workspace().project.labels.removeClass(id)),
    'classes.merge': ({ fromId, intoId }) => publishLabels(host, host.workspace().project.labels.mergeClasses(fromId, intoId)),
    'classes.reorder': ({ ids }) => {
      const { classes } = host.workspace().project;
      const known = new Set(classes.list().map((each) => each.id));
      if (new Set(ids).size !== ids.length || ids.some((id) => !known.has(id))) {
        throw new AppError(
          'invalid-input',
          'The order names a class twice, or one that has been removed. Reload the classes and try again.',
        );
      }
      classes.reorder(ids);
      host.changed(['classes']);
      return classes.list();
    },
  };
}
