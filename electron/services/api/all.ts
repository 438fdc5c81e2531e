/** Every call the window can make, answered. */
import type { z } from 'zod';
import { callSchemas, isCallName } from '../../contract/calls.ts';
import type { CallName, CallResults, Handlers } from '../../contract/calls.ts';
import { AppError } from '../../contract/errors.ts';
import type { AppHost } from '../app-host.ts';
import { adaptHandlers } from './adapt.ts';
import { adviceHandlers } from './advice.ts';
import { appHandlers } from './app.ts';
import { checkHandlers } from './check.ts';
import { classHandlers } from './classes.ts';
import { exploreHandlers } from './explore.ts';
import { exportHandlers } from './export.ts';
import { imageHandlers } from './images.ts';
import { jobHandlers } from './jobs.ts';
import { labelHandlers } from './labels.ts';
import { modelHandlers } from './models.ts';
import { projectHandlers } from './project.ts';
import { queueHandlers } from './queue.ts';
import { reviewHandlers } from './review.ts';
import { studentHandlers } from './students.ts';
import { trainHandlers } from './train.ts';

/** One handler a call; one that is missing does not compile. */
export function allHandlers(host: AppHost): Handlers {
  return {
    ...appHandlers(host),
    ...projectHandlers(host),
    ...imageHandlers(host),
    ...classHandlers(host),
    ...labelHandlers(host),
    ...queueHandlers(host),
    ...exploreHandlers(host),
    ...adaptHandlers(host),
    ...modelHandlers(host),
    ...trainHandlers(host),
    ...studentHandlers(host),
    ...checkHandlers(host),
    ...adviceHandlers(host),
    ...reviewHandlers(host),
    ...exportHandlers(host),
    ...jobHandlers(host),
  };
}

/** What is wrong with an input, for people: where, and what was expected there. */
function describeInput(name: string, error: z.ZodError): string {
  const [first] = error.issues;
  const at = first === undefined || first.path.length === 0 ? '' : ` (${first.path.join('.')})`;
  return `${name} was asked for something it does not understand${at}: ${first?.message ?? 'invalid input'}.`;
}

/**
 * Checks the input of a call and answers it. Name and input may come from anywhere. Throws `not-found` for an unknown call, `invalid-input` for
 * an input that does not fit, and what the handler throws.
 */
export async function callHandler(handlers: Handlers, name: unknown, input: unknown): Promise<CallResults[CallName]> {
  if (!isCallName(name)) throw new AppError('not-found', `There is no call ${JSON.stringify(name)}.`);
  const parsed = callSchemas[name].safeParse(input ?? {});
  if (!parsed.success) throw new AppError('invalid-input', describeInput(name, parsed.error), { details: { issues: parsed.error.issues } });
  const handler = handlers[name] as (input: unknown) => CallResults[CallName] | Promise<CallResults[CallName]>;
  return await handler(parsed.data);
}
