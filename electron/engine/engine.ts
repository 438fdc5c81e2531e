/** The app behind whatever window it has: its calls, its pictures, its jobs. */
import type { ImageVariant } from '../contract/bridge.ts';
import type { CallName, CallResults } from '../contract/calls.ts';
import type { JobView } from '../contract/domain.ts';
import type { EngineHealth, EnginePicture } from '../contract/engine-messages.ts';
import { allHandlers, callHandler } from '../services/api/all.ts';
import { AppHost } from '../services/app-host.ts';
import type { AppHostOptions } from '../services/app-host.ts';
import { ImageServer } from '../services/catalog/image-server.ts';
import { EventQueue } from './event-queue.ts';

export class Engine {
  readonly #events: EventQueue;
  readonly #host: AppHost;
  readonly #handlers: ReturnType<typeof allHandlers>;
  readonly #images: ImageServer;

  constructor(options: AppHostOptions) {
    this.#events = new EventQueue(options.emit);
    this.#host = new AppHost({ ...options, emit: this.#events.emit });
    this.#handlers = allHandlers(this.#host);
    this.#images = new ImageServer(this.#host, { ...(options.cacheDir !== undefined && { cacheDir: options.cacheDir }) });
  }

  /** Checks the input and answers. Throws an `AppError`: `invalid-input` for an unknown call and an input that does not fit. */
  async call<Name extends CallName>(name: Name, input: unknown): Promise<CallResults[Name]> {
    return (await callHandler(this.#handlers, name, input)) as CallResults[Name];
  }

  /** A picture's bytes. Throws `not-found` where there is none. */
  image(id: number, variant: ImageVariant, { signal }: { readonly signal: AbortSignal }): Promise<EnginePicture> {
    return this.#images.get(id, variant, signal);
  }

  /** Every job the window should show; nothing older is told after it. */
  jobs(): readonly JobView[] {
    this.#events.flush();
    return this.#host.jobs.list();
  }

  health(): EngineHealth {
    return { version: this.#host.version, node: process.version, projectPath: this.#host.current?.project.path ?? null };
  }

  /** Interrupts what runs at a checkpoint and closes the project. */
  async close(): Promise<void> {
    await this.#host.close();
    this.#events.flush();
    await this.#images.close();
  }
}
