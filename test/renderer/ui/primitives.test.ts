import { flushSync } from 'svelte';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { keyLabels } from '../../../renderer/ui/keys.ts';
import { matching, matchScore } from '../../../renderer/ui/match.ts';
import { itemStartingWith, nextItem, type MenuEntry } from '../../../renderer/ui/menu.ts';
import { place } from '../../../renderer/ui/position.ts';
import { sortedBy } from '../../../renderer/ui/sort.ts';
import { sparklinePath } from '../../../renderer/ui/sparkline.ts';
import { Toaster } from '../../../renderer/ui/toaster.svelte.ts';

test('keys are said as the machine prints them', () => {
  expect(keyLabels('$mod+Shift+z', false)).toEqual(['Ctrl', '⇧', 'Z']);
  expect(keyLabels('$mod+KeyZ', true)).toEqual(['⌘', 'Z']);
  expect(keyLabels('ArrowLeft', false)).toEqual(['←']);
  expect(keyLabels('$mod++', false)).toEqual(['Ctrl', '+']);
  expect(keyLabels('?', false)).toEqual(['?']);
});

test('finding ranks what starts with the words first', () => {
  const items = ['Rotifer larva', 'Copepod', 'larva', 'Large pod', 'Polaris'].map((label) => ({ label }));
  expect(matching('lar', items).map(({ label }) => label)).toEqual(['larva', 'Large pod', 'Rotifer larva', 'Polaris']);
  expect(matching('', items)).toEqual(items);
  expect(matchScore('cpd', 'Copepod')).toBeGreaterThan(0);
  expect(matchScore('dpc', 'Copepod')).toBe(0);
});

describe('menus', () => {
  const item = (label: string, disabled = false): MenuEntry => ({ label, disabled, onselect: () => undefined });
  const entries = [{ heading: 'Edit' }, item('Rename'), 'separator', item('Merge', true), item('Recolour')] as const;
  test('movement skips what cannot be chosen and goes round', () => {
    expect(nextItem(entries, -1, 1)).toBe(1);
    expect(nextItem(entries, 1, 1)).toBe(4);
    expect(nextItem(entries, 4, 1)).toBe(1);
    expect(nextItem(entries, 1, -1)).toBe(4);
    expect(nextItem(entries, -1, -1)).toBe(4);
    expect(nextItem([item('x', true)], -1, 1)).toBe(-1);
    expect(nextItem([], -1, 1)).toBe(-1);
  });
  test('letters go to the next item that starts with them', () => {
    expect(itemStartingWith(entries, 1, 'r')).toBe(4);
    expect(itemStartingWith(entries, 4, 'r')).toBe(1);
    expect(itemStartingWith(entries, -1, 'm')).toBe(-1);
  });
});

describe('what floats', () => {
  const viewport = { width: 1000, height: 600 };
  const size = { width: 200, height: 150 };
  test('stands where asked', () => {
    expect(place({ left: 100, top: 100, width: 80, height: 32 }, size, viewport, 'bottom-start')).toEqual({ left: 100, top: 136 });
    expect(place({ left: 400, top: 300, width: 80, height: 32 }, size, viewport, 'top-end')).toEqual({ left: 280, top: 146 });
  });
  test('turns to the side with more room, and stays inside', () => {
    expect(place({ left: 100, top: 560, width: 80, height: 32 }, size, viewport, 'bottom-start').top).toBe(406);
    expect(place({ left: 960, top: 100, width: 30, height: 32 }, size, viewport, 'bottom-start').left).toBe(792);
    expect(place({ left: 960, top: 100, width: 30, height: 32 }, size, viewport, 'right').left).toBe(756);
    expect(place({ left: 2, top: 100, width: 10, height: 10 }, { width: 2000, height: 10 }, viewport, 'bottom').left).toBe(8);
  });
});

test('tables sort numbers by size, names as people do, and nothing last', () => {
  const values = ['IMG_10', 'IMG_2', null, 'img_1'];
  expect(sortedBy(values, (value) => value, false)).toEqual(['img_1', 'IMG_2', 'IMG_10', null]);
  expect(sortedBy([3, null, 10, 1], (value) => value, true)).toEqual([10, 3, 1, null]);
});

test('a sparkline spans its box and breaks at gaps', () => {
  expect(sparklinePath([0, 1], 80, 20)).toBe('M2.0 18.0L78.0 2.0');
  expect(sparklinePath([1, NaN, 1], 80, 20)).toBe('M2.0 10.0M78.0 10.0');
  expect(sparklinePath([NaN], 80, 20)).toBe('');
});

describe('toasts', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('go by themselves, but not while they are read, and errors stay', () => {
    const toaster = new Toaster();
    toaster.show('Labelled');
    toaster.show('Failed', { tone: 'danger' });
    vi.advanceTimersByTime(4000);
    toaster.pause();
    vi.advanceTimersByTime(60_000);
    flushSync();
    expect(toaster.toasts.map(({ message }) => message)).toEqual(['Labelled', 'Failed']);
    toaster.resume();
    vi.advanceTimersByTime(1100);
    expect(toaster.toasts.map(({ message }) => message)).toEqual(['Failed']);
  });

  test('no more than four, the oldest goes first', () => {
    const toaster = new Toaster();
    for (let i = 0; i < 6; i++) toaster.show(String(i), { durationMs: null });
    expect(toaster.toasts.map(({ message }) => message)).toEqual(['2', '3', '4', '5']);
    toaster.dismiss(toaster.toasts[0]!.id);
    expect(toaster.toasts).toHaveLength(3);
  });
});
