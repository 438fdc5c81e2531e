import type { Handlers } from '../../contract/calls.ts';
import type { Host } from '../host.ts';
import { readAdvice } from '../labelling/label-advice.ts';

/** Whether labelling is done. */
export function adviceHandlers(host: Host): Pick<Handlers, 'advice.read'> {
  return {
    'advice.read': () => host.memo('advice', ['labels', 'classes', 'images', 'models', 'checks'], () => readAdvice(host.workspace())),
  };
}
