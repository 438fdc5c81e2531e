import { describe, expect, test } from 'vitest';
import type { FromEngine } from '../../electron/contract/engine-messages.ts';
import { AppError } from '../../electron/contract/errors.ts';
import { EnginePort } from '../../electron/engine/port.ts';
import type { PortEngine, PortRequest } from '../../electron/engine/port.ts';

function port(engine: Partial<PortEngine>) {
  const sent: FromEngine[] = [];
  const refuse = (): never => {
    throw new Error('not asked for');
  };
  const taking = new EnginePort({ call: refuse, image: refuse, health: refuse, ...engine }, (message) => sent.push(message));
  return { sent, take: (request: PortRequest) => taking.take(request) };
}

const answerTo = (sent: readonly FromEngine[], id: number) =>
  sent.flatMap((message) => (message.type === 'answer' && message.id === id ? [message.result] : []));

describe('the engine’s port', () => {
  test('answers each request once, in the order they are done', async () => {
    const waiting: ((value: unknown) => void)[] = [];
    const { sent, take } = port({ call: () => new Promise((resolve) => waiting.push(resolve)) });
    const taken = [1, 2].map((id) => take({ type: 'call', id, name: 'project.view', input: {} }));
    waiting[1]!('second');
    await taken[1];
    waiting[0]!('first');
    await taken[0];
    expect(sent).toEqual([
      { type: 'answer', id: 2, result: { ok: true, value: 'second' } },
      { type: 'answer', id: 1, result: { ok: true, value: 'first' } },
    ]);
  });

  test('asks the engine for known calls only', async () => {
    const asked: string[] = [];
    const { sent, take } = port({
      call: (name) => {
        asked.push(name);
        return Promise.resolve(null);
      },
    });
    for (const name of ['constructor', 'no.such', '__proto__']) await take({ type: 'call', id: 1, name, input: {} });
    expect(answerTo(sent, 1).map((result) => result.ok || result.error.code)).toEqual(Array(3).fill('invalid-input'));
    await take({ type: 'call', id: 2, name: 'project.view', input: {} });
    expect(asked).toEqual(['project.view']);
  });

  test('tells errors as plain objects, and nothing of a stack', async () => {
    const errors = [new AppError('conflict', 'Busy.', { details: { id: 3 } }), new TypeError('x is undefined')];
    const { sent, take } = port({ call: () => Promise.reject(errors.shift()!) });
    await take({ type: 'call', id: 1, name: 'project.view', input: {} });
    await take({ type: 'call', id: 2, name: 'project.view', input: {} });
    expect(answerTo(sent, 1)).toEqual([{ ok: false, error: { code: 'conflict', message: 'Busy.', details: { id: 3 } } }]);
    expect(answerTo(sent, 2)).toMatchObject([{ ok: false, error: { code: 'internal', details: {} } }]);
    expect(JSON.stringify(sent)).not.toMatch(/port\.test\.ts|\bat .*:\d+/);
  });

  test('gives pictures, and lets go of one that is no longer wanted', async () => {
    const signals: AbortSignal[] = [];
    const { sent, take } = port({
      image: (id, _, { signal }) => {
        signals.push(signal);
        if (id === 1) return Promise.resolve({ mime: 'image/webp', bytes: Uint8Array.of(1) });
        return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      },
    });
    await take({ type: 'image', id: 1, imageId: 1, variant: 'thumb' });
    expect(answerTo(sent, 1)).toEqual([{ ok: true, value: { mime: 'image/webp', bytes: Uint8Array.of(1) } }]);
    const second = take({ type: 'image', id: 2, imageId: 2, variant: 'thumb' });
    const third = take({ type: 'image', id: 3, imageId: 3, variant: 'view' });
    await take({ type: 'abort', id: 2 });
    await take({ type: 'abort', id: 1 });
    await take({ type: 'abort', id: 99 });
    await second;
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true, false]);
    expect(answerTo(sent, 2)).toMatchObject([{ ok: false, error: { code: 'cancelled' } }]);
    await take({ type: 'abort', id: 3 });
    await third;
    expect(sent).toHaveLength(3);
  });

  test('refuses pictures of no known size or number without asking', async () => {
    const { sent, take } = port({});
    for (const [imageId, variant] of [
      [1.5, 'thumb'],
      [1, 'original'],
      ['1', 'thumb'],
    ] as const)
      await take({ type: 'image', id: 1, imageId: imageId as number, variant: variant as 'thumb' });
    expect(answerTo(sent, 1).map((result) => result.ok || result.error.code)).toEqual(Array(3).fill('not-found'));
  });

  test('tells its health', async () => {
    const { sent, take } = port({ health: () => ({ version: '1', node: 'v24', projectPath: null }) });
    await take({ type: 'health', id: 5 });
    expect(answerTo(sent, 5)).toEqual([{ ok: true, value: { version: '1', node: 'v24', projectPath: null } }]);
  });
});
