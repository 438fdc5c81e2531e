import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SavedState } from '../../electron/main/saved-state.ts';
import { temporaryDir } from './desktop.ts';

test('what is written is read again, and nothing else is left', () => {
  const dir = join(temporaryDir('state'), 'new');
  const path = join(dir, 'window.json');
  expect(new SavedState(path).read()).toBeNull();
  new SavedState(path).write({ a: 1 });
  new SavedState(path).write({ a: 2 });
  expect(new SavedState(path).read()).toEqual({ a: 2 });
  expect(readdirSync(dir)).toEqual(['window.json']);
});

test('a file that is broken or cannot be written stops nothing', () => {
  const dir = temporaryDir('state');
  writeFileSync(join(dir, 'broken.json'), '{"a":');
  expect(new SavedState(join(dir, 'broken.json')).read()).toBeNull();
  mkdirSync(join(dir, 'folder.json'));
  const state = new SavedState(join(dir, 'folder.json'));
  state.write({ a: 1 });
  expect(state.read()).toBeNull();
});
