/** The call that says what to label next. */
import type { Handlers } from '../../contract/calls.ts';
import type { Host } from '../host.ts';
import { labelQueue } from '../labelling/label-queue.ts';

export function queueHandlers(host: Host): Pick<Handlers, 'labels.queue'> {
  return { 'labels.queue': (request) => labelQueue(host, request) };
}
