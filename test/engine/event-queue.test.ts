import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { EventQueue } from '../../electron/engine/event-queue.ts';

test('events are told after the answer of the call that caused them, in their order', async () => {
  const told: string[] = [];
  const queue = new EventQueue((name, payload) => told.push(`${name} ${JSON.stringify(payload)}`));
  const call = async (): Promise<void> => {
    await Promise.resolve();
    queue.emit('job.removed', { id: 1 });
    queue.emit('warning.raised', { message: 'two' });
  };
  await call().then(() => told.push('answer'));
  expect(told).toEqual(['answer']);
  await setImmediate();
  queue.emit('job.removed', { id: 3 });
  await setImmediate();
  expect(told).toEqual(['answer', 'job.removed {"id":1}', 'warning.raised {"message":"two"}', 'job.removed {"id":3}']);
});

test('what waits is told at once where it must not be overtaken, and once', async () => {
  const told: number[] = [];
  const queue = new EventQueue((_, payload) => told.push((payload as { id: number }).id));
  queue.emit('job.removed', { id: 1 });
  queue.flush();
  expect(told).toEqual([1]);
  await setImmediate();
  expect(told).toEqual([1]);
});
