import { expect, test } from 'vitest';
import { closingChoice, closingQuestion } from '../../electron/main/closing.ts';

test('the question names the job, or how many there are, and promises that nothing is lost', () => {
  const one = closingQuestion(['Adapt with BYOL']);
  expect(one.message).toBe('A job is still running.');
  expect(one.detail).toMatch(/^Adapt with BYOL\n\n.*Nothing that was saved is lost/);
  const two = closingQuestion(['Adapt with BYOL', 'Import']);
  expect(two.message).toBe('2 jobs are still running or waiting.');
  expect(two.detail).toMatch(/^Adapt with BYOL\n/);
});

test('each button means what it says; Escape and whatever is not a button cancel', () => {
  const { buttons, cancelId, defaultId } = closingQuestion(['Import']);
  expect(Object.fromEntries(buttons.map((label, i) => [label, closingChoice(i)]))).toEqual({
    'Stop and resume later': 'stop',
    'Keep running without a window': 'keep',
    Cancel: 'cancel',
  });
  expect(closingChoice(cancelId)).toBe('cancel');
  expect(closingChoice(defaultId)).toBe('stop');
  for (const button of [-1, buttons.length, Number.NaN]) expect(closingChoice(button)).toBe('cancel');
});
