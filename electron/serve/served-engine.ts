/** What the server needs of the engine behind it. */
import type { ImageVariant } from '../contract/bridge.ts';
import type { CallName } from '../contract/calls.ts';
import type { JobView } from '../contract/domain.ts';

export interface ServedEngine {
  /** Checks the input and answers. Throws an `AppError`: `invalid-input` for an input that does not fit. */
  call(name: CallName, input: unknown): Promise<unknown>;
  /** A picture's bytes. Throws `not-found` where there is none. */
  image(
    id: number,
    variant: ImageVariant,
    options: { readonly signal: AbortSignal },
  ): Promise<{ readonly mime: string; readonly bytes: Uint8Array }>;
  /** Every job the window should show. */
  jobs(): readonly JobView[];
}
