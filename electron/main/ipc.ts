/** Answers the window's requests: only those of its own main frame, and only with arguments that fit. */
import { z } from 'zod';
import { callSchemas, isCallName } from '../contract/calls.ts';
import { channels } from '../contract/channels.ts';
import { AppError } from '../contract/errors.ts';
import { toWireError } from '../contract/result.ts';
import type { Result } from '../contract/result.ts';
import type { ConnectionState } from '../contract/bridge.ts';
import { isOwnAddress } from './address.ts';

/** A frame as Electron describes it; null once it is gone. */
export interface SenderFrame {
  readonly url: string;
  readonly parent: SenderFrame | null;
}

export interface IpcEvent {
  readonly senderFrame: SenderFrame | null;
}

/** The part of `ipcMain` that is needed. */
export interface IpcRegistry {
  handle(channel: string, listener: (event: IpcEvent, ...values: unknown[]) => Promise<unknown>): void;
}

const path = z.string().min(1).max(4096);
const title = z.string().max(200);
const fileKinds = z
  .array(z.object({ name: z.string().max(100), extensions: z.array(z.string().regex(/^[A-Za-z0-9]{1,16}$|^\*$/)).max(32) }))
  .max(16);
const pickFolderSchema = z.object({ title, defaultPath: path.optional() });
const pickFileSchema = z.object({ title, kinds: fileKinds, defaultPath: path.optional() });

export type PickFolderOptions = z.output<typeof pickFolderSchema>;
export type PickFileOptions = z.output<typeof pickFileSchema>;

export interface IpcActions {
  call(name: string, input: unknown): Promise<unknown>;
  pickFolder(options: PickFolderOptions): Promise<string | null>;
  pickFile(options: PickFileOptions): Promise<string | null>;
  reveal(path: string): Promise<void>;
  connection(): ConnectionState;
}

/** Whether a request comes from the window's own page and not from a frame in it or from elsewhere. */
export function isTrusted({ senderFrame }: IpcEvent): boolean {
  return senderFrame !== null && senderFrame.parent === null && isOwnAddress(senderFrame.url);
}

/** Registers every channel. Calls answer with a `Result`, the others with a value or a refusal. */
export function registerIpc(registry: IpcRegistry, actions: IpcActions, log: (line: string) => void): void {
  const handle = <Values extends readonly unknown[]>(
    channel: string,
    schema: z.ZodType<Values>,
    answer: (...values: Values) => unknown,
  ): void => {
    registry.handle(channel, async (event, ...values) => {
      if (!isTrusted(event)) {
        log(`Refused '${channel}' from ${event.senderFrame?.url.slice(0, 200) ?? 'a frame that is gone'}.`);
        throw new AppError('invalid-input', 'Refused.');
      }
      const parsed = schema.safeParse(values);
      if (!parsed.success) {
        log(`Refused '${channel}' with arguments that do not fit: ${z.prettifyError(parsed.error)}`);
        throw new AppError('invalid-input', 'The arguments do not fit.');
      }
      return await answer(...parsed.data);
    });
  };
  handle(channels.call, z.tuple([z.string().max(100), z.unknown()]), (name, input) => answerCall(actions, name, input));
  handle(channels.pickFolder, z.tuple([pickFolderSchema]), (options) => actions.pickFolder(options));
  handle(channels.pickFile, z.tuple([pickFileSchema]), (options) => actions.pickFile(options));
  handle(channels.reveal, z.tuple([path]), (shown) => actions.reveal(shown));
  handle(channels.connection, z.tuple([]), () => actions.connection());
}

async function answerCall(actions: IpcActions, name: string, input: unknown): Promise<Result<unknown>> {
  try {
    if (!isCallName(name)) throw new AppError('invalid-input', `There is no call '${name.slice(0, 80)}'.`);
    const parsed = callSchemas[name].safeParse(input);
    if (!parsed.success) throw new AppError('invalid-input', `${name}: ${z.prettifyError(parsed.error)}`);
    return { ok: true, value: await actions.call(name, parsed.data) };
  } catch (error) {
    return { ok: false, error: toWireError(error) };
  }
}
