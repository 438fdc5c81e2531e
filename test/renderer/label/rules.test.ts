import { describe, expect, it } from 'vitest';
import type { ClassView } from '../../../electron/contract/domain.ts';
import { characterOf, classForKey, conflictOf } from '../../../renderer/views/label/class-keys.ts';
import { folderNames } from '../../../renderer/views/label/folder-names.ts';
import { goalOf } from '../../../renderer/views/label/goal.ts';
import { labelsPerMinute } from '../../../renderer/views/label/pace.ts';

const made = (id: number, key: string | null, numLabels = 0): ClassView => ({ id, name: `C${id}`, colour: '#000000', key, numLabels });
const press = (key: string, ctrlKey = false) => ({ key, ctrlKey, metaKey: false, altKey: false, shiftKey: false });

describe('keys of classes', () => {
  const classes = [made(1, '1'), made(2, 'q')];
  it('assign in either case, without modifiers', () => {
    expect(classForKey(press('Q'), classes)?.id).toBe(2);
    expect(classForKey(press('q', true), classes)).toBeNull();
    expect(characterOf(press('Enter'))).toBeNull();
  });
  it('are refused where something else has them', () => {
    expect(conflictOf('x', 1, classes)?.kind).toBe('shortcut');
    expect(conflictOf('q', 1, classes)?.kind).toBe('class');
    expect(conflictOf('q', 2, classes)).toBeNull();
    expect(conflictOf('5', 2, classes)).toBeNull();
  });
});

describe('pace and goal', () => {
  it('counts the last five minutes only', () => {
    expect(labelsPerMinute([0, 400e3, 420e3, 440e3, 460e3], 460e3)).toBeCloseTo(3);
    // A wall labelled at once at the start says nothing of how long it took.
    expect(labelsPerMinute([100e3, 100e3, 100e3, 100e3, 130e3, 160e3], 160e3)).toBeCloseTo(2);
    expect(labelsPerMinute([1, 2], 60e3)).toBeNull();
  });
  it('does not let many labels of one class hide the lack of another', () => {
    const goal = goalOf([made(1, null, 500), made(2, null, 4)], 0);
    expect(goal).toMatchObject({ canTrain: false, numStillNeeded: 6, poorest: { id: 2 } });
    expect(goalOf([made(1, null, 10), made(2, null, 12)], 40)).toMatchObject({ canTrain: true, numForCheckNeeded: 0, poorest: null });
  });
  it('names each folder once', () => {
    expect(folderNames(['a/b/1.png', 'c/2.png', 'b/3.png', '4.png'])).toEqual(['b', 'c']);
  });
});
