import type { Handlers } from '../../contract/calls.ts';
import { readCheck } from '../classifiers/check.ts';
import type { Host } from '../host.ts';

/** How good classifiers are. */
export function checkHandlers(host: Host): Pick<Handlers, 'check.read'> {
  return {
    'check.read': ({ modelId }) =>
      host.memo(`check.${modelId ?? 'newest'}`, ['labels', 'classes', 'images', 'models', 'checks'], () =>
        readCheck(host.workspace(), modelId),
      ),
  };
}
