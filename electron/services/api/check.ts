import type { Handlers } from '../../contract/calls.ts';
import { setMaxRisk } from '../classifiers/abstain-rule.ts';
import { readCheck } from '../classifiers/check.ts';
import { applyGrouping, readGroupings } from '../classifiers/groupings.ts';
import type { Host } from '../host.ts';

/** How good classifiers are, and what could make their figures flatter. */
export function checkHandlers(host: Host): Pick<Handlers, 'check.read' | 'check.setRisk' | 'groups.read' | 'groups.use'> {
  return {
    'check.read': ({ modelId }) =>
      host.memo(`check.${modelId ?? 'newest'}`, ['labels', 'classes', 'images', 'models', 'maps', 'checks'], () =>
        readCheck(host.workspace(), modelId),
      ),
    'check.setRisk': ({ maxRisk }) => {
      setMaxRisk(host.workspace(), maxRisk);
      host.changed(['checks']);
      return readCheck(host.workspace());
    },
    'groups.read': () =>
      host.memo('groups', ['labels', 'classes', 'images', 'maps', 'sources', 'checks'], () => readGroupings(host.workspace())),
    'groups.use': (request) => {
      const groupings = applyGrouping(host.workspace(), request);
      host.changed(['images', 'checks']);
      return groupings;
    },
  };
}
