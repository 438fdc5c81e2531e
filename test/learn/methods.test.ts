import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { augmentationPresets } from '../../electron/learn/augment.ts';
import { methodNames, methodOf } from '../../electron/learn/methods.ts';

const page = readFileSync(new URL('../../docs/METHODS.md', import.meta.url), 'utf8');

it('every method is in docs/METHODS.md, and nothing else is', () => {
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
  expect(rows.toSorted()).toEqual([...methodNames].toSorted());
});

it.each(methodNames)('%s says what it is for in whole sentences, and has settings of its own kind', (name) => {
  const { title, description, settings, family } = methodOf(name);
  expect(title).toMatch(/^[A-Z]/);
  expect(description).toMatch(/^[A-Z].*\.$/s);
  expect(description.length).toBeLessThan(300);
  expect(Object.keys(settings).toSorted()).toEqual(Object.keys(methodOf('byol').settings).toSorted());
  expect(Object.keys(settings.augmentation).toSorted()).toEqual(Object.keys(augmentationPresets.standard).toSorted());
  expect(family).not.toBe('');
});
