import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupImages, groupLikeness, groupName, joinGroups, nameFields, suggestGroupings } from '../../electron/explore/file-groups.ts';
import type { PathOfImage } from '../../electron/explore/file-groups.ts';

const pad = (n: number): string => String(n).padStart(4, '0');
const of = (paths: string[], classOf: (path: string, i: number) => number | null = () => null): PathOfImage[] =>
  paths.map((path, i) => ({ path, classId: classOf(path, i) }));

/** `numGroups` x `perGroup` paths. */
const series = (numGroups: number, perGroup: number, name: (group: number, frame: number) => string): string[] =>
  Array.from({ length: numGroups * perGroup }, (_, i) => name(Math.floor(i / perGroup), i % perGroup));

describe('suggestGroupings', () => {
  it('finds the frames of videos', () => {
    const found = suggestGroupings(of(series(8, 12, (g, f) => `pond/video${g + 1}_${pad(5 * f)}.jpg`)));
    expect(found[0]).toEqual({
      rule: { by: 'name', fields: 1 },
      kind: 'video',
      example: 'video1',
      numGroups: 8,
      numShared: 96,
      isSeries: true,
    });
  });

  it('finds cameras and sites within names', () => {
    const kinds = suggestGroupings(of(series(60, 2, (g, f) => `2023-05-0${(g % 9) + 1}_cam${g % 6}_${pad(g * 7 + f)}.png`))).map(
      ({ kind, numGroups }) => [kind, numGroups],
    );
    expect(kinds).toContainEqual(['camera', 6]);
    expect(suggestGroupings(of(series(5, 9, (g, f) => `site${g}-${f * f * 31}.png`)))[0]).toMatchObject({ kind: 'site', numGroups: 5 });
  });

  it('finds folders, but not those that are the classes', () => {
    const paths = series(6, 10, (g, f) => `trip${g}/${((g * 10 + f + 1) * 7919) % 9973}.jpg`);
    expect(suggestGroupings(of(paths)).map(({ kind }) => kind)).toEqual(['folder']);
    expect(suggestGroupings(of(paths, (path) => Number(path[4])))).toEqual([]);
    // Half of each trip is of either class: that is no class.
    expect(suggestGroupings(of(paths, (_, i) => i % 2))).toHaveLength(1);
  });

  it('proposes nothing for names that say nothing', () => {
    expect(suggestGroupings(of(series(1, 50, (_, f) => `IMG_${pad(f)}.jpg`)))).toEqual([]);
    expect(
      suggestGroupings(
        of(
          series(4, 25, (g, f) => `class${g}/BA_${g}${pad(f * 37)}.jpg`),
          (path) => Number(path[5]),
        ),
      ),
    ).toEqual([]);
    expect(suggestGroupings([])).toEqual([]);
  });
});

describe('rules', () => {
  it('read the group off the path, or nothing', () => {
    expect(groupName({ by: 'folder', depth: 2 })('a/b/c/d.png')).toBe('a/b');
    expect(groupName({ by: 'folder', depth: 1 })('d.png')).toBeNull();
    expect(groupName({ by: 'name', fields: 2 })('x/S1_E02_004.png')).toBe('S1_E02');
    expect(groupName({ by: 'name', fields: 3 })('x/S1_E02_004.png')).toBeNull();
    expect(groupName({ by: 'field', field: 1 })('S1_E02_004.png')).toBe('E02');
    expect(groupName({ by: 'pattern', pattern: 'fish(\\d+)' })('tank/fish12b.png')).toBe('12');
    expect(groupName({ by: 'pattern', pattern: 'fish\\d+' })('tank/crab.png')).toBeNull();
    expect(() => groupName({ by: 'pattern', pattern: '(' })).toThrow(/is no pattern/);
    expect(nameFields('a/frame0012.jpg')).toEqual(['frame', '0012']);
  });

  it('number groups, and what has no name stands alone', () => {
    const { numbers, names, numShared } = groupImages(of(['a1.png', 'b.png', 'a2.png', 'c.png']), { by: 'pattern', pattern: '^a' });
    expect([...numbers]).toEqual([0, 1, 0, 2]);
    expect(names).toEqual(['a']);
    expect(numShared).toBe(2);
  });
});

it('likeness is the share of nearest neighbours of the same group', () => {
  const likeness = groupLikeness(Int32Array.of(0, 0, 1, 1), Int32Array.of(1, 0, 0, -1))!;
  expect(likeness.share).toBeCloseTo(2 / 3, 12);
  expect(likeness.byChance).toBeCloseTo(1 / 3, 12);
  expect(groupLikeness(Int32Array.of(0), Int32Array.of(-1))).toBeNull();
});

it('joined groups are the connected parts of both', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(6), fc.nat(6)), { maxLength: 20 }), (pairs) => {
      const [a, b] = [Int32Array.from(pairs, ([x]) => x), Int32Array.from(pairs, ([, y]) => y)];
      const joined = joinGroups(a, b);
      // Warshall's closure.
      const n = pairs.length;
      const linked = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_x, j) => a[i] === a[j] || b[i] === b[j]));
      for (let k = 0; k < n; k++)
        for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) if (linked[i]![k]! && linked[k]![j]!) linked[i]![j] = true;
      for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) expect(joined[i] === joined[j]).toBe(linked[i]![j]);
    }),
    { seed: 3 },
  );
});
