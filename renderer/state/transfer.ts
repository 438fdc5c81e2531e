/** Networks that learn from a classifier's: they belong to Export, not to Adapt. */
import { transferMethods } from '../../electron/contract/calls.ts';

export function isTransfer(method: string): boolean {
  return transferMethods.some((each) => each === method);
}
