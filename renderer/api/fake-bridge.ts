/** An engine in memory for tests of the renderer and for working on views without one: the same contract, made-up images. */
import type { Bridge } from '../../electron/contract/bridge.ts';
import type { CallInput, CallName, CallResults, Handlers } from '../../electron/contract/calls.ts';
import { callSchemas } from '../../electron/contract/calls.ts';
import type { EventName, Events } from '../../electron/contract/events.ts';
import { FakeProject } from './fake-project.ts';
import type { FakeOptions } from './fake-project.ts';

export interface FakeBridge extends Bridge {
  /** The project behind it, for tests to look at and to change. */
  readonly project: FakeProject;
  /** Sends an event as the engine would. */
  emit<Name extends EventName>(name: Name, payload: Events[Name]): void;
  /** Every call made so far, in order. */
  readonly calls: { readonly name: CallName; readonly input: unknown }[];
}

/** A picture of an image: a disc whose colour and size tell its kind and number. */
function pictureOf(id: number, kind: number): string {
  const hue = (kind * 67) % 360;
  const radius = 22 + (id % 17);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128"><rect width="128" height="128" fill="hsl(${hue} 25% ${18 + (id % 9)}%)"/><circle cx="${44 + ((id * 7) % 40)}" cy="${44 + ((id * 13) % 40)}" r="${radius}" fill="hsl(${hue} 60% ${50 + (id % 20)}%)"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** Makes one; `project: null` starts without an open project. */
export function createFakeBridge(options: FakeOptions = {}): FakeBridge {
  const listeners = new Map<EventName, Set<(payload: never) => void>>();
  const emit = <Name extends EventName>(name: Name, payload: Events[Name]): void => {
    for (const listener of listeners.get(name) ?? []) (listener as (payload: Events[Name]) => void)(payload);
  };
  const project = new FakeProject(options, emit);
  const calls: { name: CallName; input: unknown }[] = [];
  const handlers: Handlers = project.handlers();
  return {
    kind: 'fake',
    project,
    calls,
    emit,
    api: {
      async call<Name extends CallName>(name: Name, input: CallInput<Name>): Promise<CallResults[Name]> {
        calls.push({ name, input });
        const handler = handlers[name] as (input: unknown) => Promise<CallResults[Name]> | CallResults[Name];
        await Promise.resolve();
        return await handler(callSchemas[name].parse(input));
      },
    },
    events: {
      on(name, listener, { signal }) {
        const all = listeners.get(name) ?? new Set();
        listeners.set(name, all);
        all.add(listener);
        signal.addEventListener('abort', () => all.delete(listener as (payload: never) => void));
      },
    },
    onConnection: (listener) => listener({ status: 'connected' }),
    imageUrl: (id) => pictureOf(id, project.kindOf(id)),
    dialogs: null,
    pathOf: () => null,
    reveal: null,
  };
}
