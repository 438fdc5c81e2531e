import { afterEach, expect, test } from 'vitest';
import { Toaster } from '../../../renderer/ui/toaster.svelte.ts';

const toaster = new Toaster();
const messages = (): string[] => toaster.toasts.map(({ message }) => message);
afterEach(() => {
  for (const { id } of toaster.toasts) toaster.dismiss(id);
});

test('what is about the same thing takes the place of what was said before', () => {
  toaster.show('4 images labelled', { topic: 'change', durationMs: null });
  toaster.show('Map ready', { durationMs: null });
  toaster.show('Image excluded', { topic: 'change', durationMs: null });
  expect(messages()).toEqual(['Map ready', 'Image excluded']);
});

test('the same message is there once', () => {
  toaster.show('221 images', { durationMs: null });
  toaster.show('221 images', { durationMs: null });
  expect(messages()).toEqual(['221 images']);
});
