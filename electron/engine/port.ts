/** Answers what comes through a port, whatever carries it. */
import { imageVariants } from '../contract/bridge.ts';
import type { ImageVariant } from '../contract/bridge.ts';
import { isCallName } from '../contract/calls.ts';
import type { CallName } from '../contract/calls.ts';
import type { EngineHealth, EnginePicture, FromEngine, ToEngine } from '../contract/engine-messages.ts';
import { AppError } from '../contract/errors.ts';
import { toWireError } from '../contract/result.ts';

/** What stands behind a port. */
export interface PortEngine {
  call(name: CallName, input: unknown): Promise<unknown>;
  image(id: number, variant: ImageVariant, options: { readonly signal: AbortSignal }): Promise<EnginePicture>;
  health(): EngineHealth;
}

export type PortRequest = Extract<ToEngine, { readonly id: number }>;

/** Takes requests and answers each once, in whatever order they are done. */
export class EnginePort {
  readonly #engine: PortEngine;
  readonly #send: (message: FromEngine) => void;
  readonly #aborts = new Map<number, AbortController>();

  constructor(engine: PortEngine, send: (message: FromEngine) => void) {
    this.#engine = engine;
    this.#send = send;
  }

  async take(request: PortRequest): Promise<void> {
    if (request.type === 'abort') {
      this.#aborts.get(request.id)?.abort();
      return;
    }
    const { id } = request;
    try {
      this.#send({ type: 'answer', id, result: { ok: true, value: await this.#answer(request) } });
    } catch (error) {
      this.#send({ type: 'answer', id, result: { ok: false, error: toWireError(error) } });
    }
  }

  async #answer(request: Exclude<PortRequest, { readonly type: 'abort' }>): Promise<unknown> {
    switch (request.type) {
      case 'call':
        if (!isCallName(request.name)) throw new AppError('invalid-input', `There is no call '${request.name.slice(0, 80)}'.`);
        return await this.#engine.call(request.name, request.input);
      case 'image':
        return await this.#image(request.id, request.imageId, request.variant);
      case 'health':
        return this.#engine.health();
      default:
        return request satisfies never;
    }
  }

  async #image(id: number, imageId: number, variant: ImageVariant): Promise<EnginePicture> {
    if (!Number.isInteger(imageId) || !imageVariants.includes(variant)) throw new AppError('not-found', 'There is no such picture.');
    const abort = new AbortController();
    this.#aborts.set(id, abort);
    try {
      return await this.#engine.image(imageId, variant, { signal: abort.signal });
    } finally {
      this.#aborts.delete(id);
    }
  }
}
