/** What the engine's process and the one that started it say to each other. */
import type { ImageVariant } from './bridge.ts';
import type { EventName, Events } from './events.ts';
import type { Result } from './result.ts';

export interface EngineSettings {
  /** The system's usual place unless told. */
  readonly dataDir?: string;
  readonly cacheDir?: string;
  /** Folders with base models besides the user's own. */
  readonly modelDirs?: readonly string[];
  /** To open at once: what was open when the engine before this one ended. */
  readonly projectPath?: string;
}

export interface EngineHealth {
  readonly version: string;
  readonly node: string;
  readonly projectPath: string | null;
}

export interface EnginePicture {
  readonly mime: string;
  readonly bytes: Uint8Array;
}

export type ToEngine =
  /** The first message; nothing is done before. */
  | { readonly type: 'start'; readonly settings: EngineSettings }
  | { readonly type: 'call'; readonly id: number; readonly name: string; readonly input: unknown }
  | { readonly type: 'image'; readonly id: number; readonly imageId: number; readonly variant: ImageVariant }
  /** The answer to `id` is no longer wanted. */
  | { readonly type: 'abort'; readonly id: number }
  | { readonly type: 'health'; readonly id: number }
  /** Interrupts jobs at a checkpoint, closes the project and ends. */
  | { readonly type: 'shutdown' };

export type EngineEvent = { readonly [Name in EventName]: { readonly name: Name; readonly payload: Events[Name] } }[EventName];

export type FromEngine =
  | { readonly type: 'ready' }
  /** It cannot start. */
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'answer'; readonly id: number; readonly result: Result<unknown> }
  | ({ readonly type: 'event' } & EngineEvent);
