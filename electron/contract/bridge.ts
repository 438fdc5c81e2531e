/**
 * What a window needs besides calls and events, however it is connected: in Electron the preload offers it, in a browser a client of the
 * loopback server, in tests a fake.
 */
import type { Api } from './calls.ts';
import type { EventSource } from './events.ts';

/** Sizes in which pictures are served. */
export const imageVariants = ['tile', 'thumb', 'view'] as const;

/** 'tile' is a centre square of 64, 'thumb' fits into 256, 'view' into 2048 pixels a side. */
export type ImageVariant = (typeof imageVariants)[number];

export type ConnectionState =
  | { readonly status: 'connecting' }
  | { readonly status: 'connected' }
  /** The engine ended; it is being started again. Nothing that was saved is lost. */
  | { readonly status: 'restarting'; readonly message: string }
  /** It cannot be reached; the window says what to do. */
  | { readonly status: 'lost'; readonly message: string };

export interface FileKind {
  readonly name: string;
  readonly extensions: readonly string[];
}

export interface Bridge {
  readonly kind: 'electron' | 'browser' | 'fake';
  readonly api: Api;
  readonly events: EventSource;
  /** The present state at once, and every change until the signal aborts. */
  onConnection(listener: (state: ConnectionState) => void, options: { readonly signal: AbortSignal }): void;
  /** Address of a picture. `version` is the project's `imagesVersion`. */
  imageUrl(id: number, variant: ImageVariant, version: string): string;
  /** The system's own dialogs; null where there are none, and the window shows its own (`folders.list`). */
  readonly dialogs: {
    pickFolder(options: { readonly title: string; readonly defaultPath?: string }): Promise<string | null>;
    pickFile(options: {
      readonly title: string;
      readonly kinds: readonly FileKind[];
      readonly defaultPath?: string;
    }): Promise<string | null>;
  } | null;
  /** The path of a dropped file or folder; null where the browser does not tell. */
  pathOf(file: File): string | null;
  /** Shows a file or folder in the system's file manager; null where that is on another machine. */
  readonly reveal: ((path: string) => Promise<void>) | null;
}

/** What the preload puts on `window`: named functions only. `call` and `on` are typed by the contract on the other side. */
export interface PreloadBridge {
  call(name: string, input: unknown): Promise<unknown>;
  onEvent(listener: (name: string, payload: unknown) => void): () => void;
  onConnection(listener: (state: ConnectionState) => void): () => void;
  pickFolder(options: { readonly title: string; readonly defaultPath?: string }): Promise<string | null>;
  pickFile(options: { readonly title: string; readonly kinds: readonly FileKind[]; readonly defaultPath?: string }): Promise<string | null>;
  pathOf(file: unknown): string | null;
  reveal(path: string): Promise<void>;
}
