import { describe, expect, it } from 'vitest';
import type { ImageView } from '../../../electron/contract/domain.ts';
import { describeCell, initials } from '../../../renderer/views/images/cell-facts.ts';
import {
  chipsOf,
  dependsOnLabels,
  inGivenOrder,
  isEmptyFilter,
  queryOf,
  withPart,
  without,
} from '../../../renderer/views/images/filter.ts';
import { moveCursor, stepFrom } from '../../../renderer/views/images/grid-cursor.ts';
import { classForKey } from '../../../renderer/views/images/label-keys.ts';
import { parsePreferences } from '../../../renderer/views/images/preferences.ts';
import { groupProblems } from '../../../renderer/views/images/problems.ts';
import { dragMode, isDrag, rectBetween, scrollSpeed, selectionAfter } from '../../../renderer/views/images/rubber-band.ts';

const names = {
  title: 'Lion taken for Tiger',
  classOf: (id: number) => (id === 3 ? { name: 'Lion', colour: '#e69f00' } : undefined),
  sourceOf: () => 'slides',
};

describe('filter', () => {
  it('takes its parts away one by one', () => {
    const filter = { classId: 3, minConfidence: 0.2, maxConfidence: 0.6, ids: [4, 2] };
    expect(without(filter, 'confidence')).toEqual({ classId: 3, ids: [4, 2] });
    expect(withPart(filter, 'class', { classId: undefined })).not.toHaveProperty('classId');
    expect(isEmptyFilter(without(without(without(filter, 'class'), 'ids'), 'confidence'))).toBe(true);
    expect(isEmptyFilter({ text: '' })).toBe(true);
    expect(isEmptyFilter({ isLabelled: false })).toBe(false);
  });

  it('says in words what is chosen, and leaves the text to the search', () => {
    const chips = chipsOf({ text: 'a', classId: 3, ids: [1], clusterId: 0, minConfidence: 0.5 }, names);
    expect(chips.map(({ label }) => label)).toEqual(['Lion taken for Tiger', 'Class: Lion', 'Confidence 50 % to 100 %', 'Cluster 1']);
    expect(chips[1]?.colour).toBe('#e69f00');
  });

  it('asks the engine for no order that it does not know', () => {
    expect(queryOf({ ids: [2] }, { by: 'given', descending: false })).toEqual({ filter: { ids: [2] } });
    expect(queryOf({}, { by: 'given', descending: true }).sort).toEqual({ by: 'added', descending: false });
    expect([...inGivenOrder(Int32Array.of(1, 2, 5), [5, 9, 1, 2, 5], false)]).toEqual([5, 1, 2]);
    expect([...inGivenOrder(Int32Array.of(1, 2), [2, 1], true)]).toEqual([1, 2]);
  });

  it('depends on labels only where it asks for them', () => {
    const byName = { by: 'name', descending: false } as const;
    expect(dependsOnLabels({ isLabelled: false }, byName)).toBe(true);
    expect(dependsOnLabels({ predictedId: 1 }, byName)).toBe(false);
    expect(dependsOnLabels({}, { by: 'class', descending: false })).toBe(true);
  });
});

describe('cursor', () => {
  // 0 1 2 3 / 4 5 6 7 / 8 9
  const shape = { count: 10, columns: 4, pageRows: 2 };
  it('moves in the grid and stops at its edges', () => {
    expect(moveCursor(-1, 'right', shape)).toBe(0);
    expect(moveCursor(3, 'right', shape)).toBe(4);
    expect(moveCursor(0, 'left', shape)).toBe(0);
    expect(moveCursor(5, 'down', shape)).toBe(9);
    expect(moveCursor(6, 'down', shape)).toBe(9);
    expect(moveCursor(8, 'down', shape)).toBe(8);
    expect(moveCursor(9, 'up', shape)).toBe(5);
    expect(moveCursor(2, 'up', shape)).toBe(2);
    expect(moveCursor(1, 'pageDown', shape)).toBe(9);
    expect(moveCursor(9, 'pageUp', shape)).toBe(1);
    expect(moveCursor(4, 'last', shape)).toBe(9);
    expect(moveCursor(0, 'down', { ...shape, count: 0 })).toBe(-1);
  });

  it('goes on where an image has left the list', () => {
    expect(stepFrom(4, true, 1, 10)).toBe(5);
    expect(stepFrom(4, false, 1, 9)).toBe(4);
    expect(stepFrom(4, false, -1, 9)).toBe(3);
    expect(stepFrom(9, true, 1, 10)).toBe(9);
  });
});

describe('rubber band', () => {
  it('is the same rectangle from every corner', () => {
    expect(rectBetween({ x: 9, y: 2 }, { x: 1, y: 7 })).toEqual({ left: 1, top: 2, right: 9, bottom: 7 });
    expect(isDrag({ x: 0, y: 0 }, { x: 2, y: 2 })).toBe(false);
    expect(isDrag({ x: 0, y: 0 }, { x: 3, y: 4 })).toBe(true);
  });

  it('scrolls faster the further out', () => {
    expect(scrollSpeed(300, 0, 600)).toBe(0);
    expect(scrollSpeed(10, 0, 600)).toBeLessThan(0);
    expect(scrollSpeed(700, 0, 600)).toBeGreaterThan(scrollSpeed(590, 0, 600));
  });

  it('replaces, adds or turns over', () => {
    const before = new Set([1, 2]);
    expect([...selectionAfter(before, [2, 3], 'replace')]).toEqual([2, 3]);
    expect([...selectionAfter(before, [2, 3], 'add')]).toEqual([1, 2, 3]);
    expect([...selectionAfter(before, [2, 3], 'toggle')]).toEqual([1, 3]);
    expect(dragMode({ shiftKey: true, ctrlKey: false, metaKey: false })).toBe('add');
    expect(dragMode({ shiftKey: true, ctrlKey: true, metaKey: false })).toBe('toggle');
  });
});

describe('cells', () => {
  it('say everything in words', () => {
    const lion = { id: 1, name: 'Lion', colour: '#e69f00', key: 'l', numLabels: 1 };
    const facts = {
      status: 'ok',
      isExcluded: true,
      isTest: false,
      label: null,
      predicted: lion,
      confidence: 0.84,
      isDisagreeing: false,
    } as const;
    expect(describeCell(facts, 'a.png')).toBe('a.png, unlabelled, predicted Lion 84 %, excluded');
    expect(initials('Red blood cell')).toBe('Rb');
    expect(initials('日本')).toBe('日本');
    expect(classForKey([lion], { key: 'L', ctrlKey: false, metaKey: false, altKey: false })).toBe(lion);
    expect(classForKey([lion], { key: 'l', ctrlKey: true, metaKey: false, altKey: false })).toBeUndefined();
  });

  it('keep to sizes that make sense', () => {
    expect(parsePreferences('{"cellSize":9000,"isWhole":true}')).toEqual({ cellSize: 320, isWhole: true });
    expect(parsePreferences('{"cellSize":-3}').cellSize).toBe(56);
    expect(parsePreferences('null')).toEqual(parsePreferences(null));
    expect(parsePreferences('{broken')).toEqual(parsePreferences(null));
  });
});

it('groups unreadable files by reason, each way out once', () => {
  const image = (id: number, code: string, message: string): ImageView => ({
    id,
    sourceId: 1,
    relativePath: `${id}.png`,
    width: null,
    height: null,
    format: null,
    sizeBytes: 1,
    status: 'unreadable',
    problem: { code, message },
    isExcluded: false,
    isTest: false,
    classId: null,
    prediction: null,
    clusterId: null,
  });
  const groups = groupProblems([image(1, 'empty', 'E'), image(2, 'corrupt', 'C1'), image(3, 'corrupt', 'C2'), image(4, 'corrupt', 'C2')]);
  expect(groups.map(({ code, images, messages }) => [code, images.length, messages])).toEqual([
    ['corrupt', 3, ['C2', 'C1']],
    ['empty', 1, ['E']],
  ]);
});
