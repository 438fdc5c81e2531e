import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchImages } from '../../../electron/services/labelling/formats/match-images.ts';
import { outsidePaths } from '../../../electron/services/intake/outside-paths.ts';
import type { Workspace } from '../../../electron/services/workspace.ts';

interface FakeImage {
  readonly id: number;
  readonly sourceId: number;
  readonly relativePath: string;
}

/** Only what matching looks at; image ids count from 1 over all folders. */
function project(folders: Readonly<Record<string, readonly string[]>>): { workspace: Workspace; images: readonly FakeImage[] } {
  const sources = Object.keys(folders).map((rootPath, i) => ({ id: i + 1, rootPath }));
  let id = 0;
  const images = sources.flatMap((source) =>
    (folders[source.rootPath] ?? []).map((relativePath) => ({ id: ++id, sourceId: source.id, relativePath })),
  );
  const table = { usable: () => images.map((image) => image.id), getMany: (ids: readonly number[]) => ids.map((each) => images[each - 1]) };
  return { workspace: { project: { sources: { list: () => sources }, images: table } } as unknown as Workspace, images };
}

const match = (folders: Readonly<Record<string, readonly string[]>>, ...paths: string[]): readonly unknown[] =>
  matchImages(project(folders).workspace, paths).matches;

describe('a path', () => {
  it('may be below the source, absolute, from beside it, or an end that only one image has', () => {
    const folders = { '/home/me/birds': ['red/1.jpg', 'blue/1.jpg', 'blue/deep/2.jpg'] };
    expect(match(folders, 'red/1.jpg', './blue/1.jpg', '/home/me/birds/red/1.jpg', 'birds/red/1.jpg', 'me//birds/x/../red/1.jpg')).toEqual([
      1, 2, 1, 1, 1,
    ]);
    expect(match(folders, '2.jpg', 'deep/2.jpg', '1.jpg', '3.jpg', '')).toEqual([3, 3, 'several', 'unknown', 'unknown']);
  });

  it('may be written with backslashes, which a name may hold, too', () => {
    const folders = { '/birds': ['red/1.jpg', 'we\\ird.jpg', 'we/ird.jpg'] };
    expect(match(folders, 'red\\1.jpg', 'we\\ird.jpg', 'we/ird.jpg', '.\\red\\1.jpg')).toEqual([1, 2, 3, 1]);
  });

  it('may be composed or not, and means the very file where both are there', () => {
    expect(match({ '/a': ['caf\u00e9.jpg'] }, 'cafe\u0301.jpg')).toEqual([1]);
    expect(match({ '/a': ['cafe\u0301.jpg'] }, 'caf\u00e9.jpg')).toEqual([1]);
    expect(match({ '/a': ['cafe\u0301.jpg', 'caf\u00e9.jpg'] }, 'caf\u00e9.jpg', 'cafe\u0301.jpg')).toEqual([2, 1]);
    expect(match({ '/cafe\u0301': ['1.jpg'] }, '/caf\u00e9/1.jpg', 'caf\u00e9/1.jpg')).toEqual([1, 1]);
  });

  it('may come from another machine, where the folder was called otherwise, if all below it fits', () => {
    const folders = { '/home/me/birds': ['red/1.jpg', 'blue/1.jpg'] };
    const { matches, moved } = matchImages(project(folders).workspace, [
      'C:\\data\\vögel\\red\\1.jpg',
      'C:\\data\\vögel\\blue\\1.jpg',
      'C:\\data\\vögel\\x.jpg',
    ]);
    expect(matches).toEqual([1, 2, 'unknown']);
    expect(moved).toEqual([{ from: 'C:/data/vögel', to: '/home/me/birds' }]);
  });

  it('is never taken for an image of the same name in another folder', () => {
    expect(match({ '/birds': ['red/1.jpg', 'red/2.jpg'] }, 'one/1.jpg', 'two/2.jpg')).toEqual(['unknown', 'unknown']);
    // All in one folder could be the one that was opened; in two they cannot both be.
    expect(match({ '/birds': ['1.jpg', '2.jpg'] }, 'cats/1.jpg', 'cats/2.jpg')).toEqual([1, 2]);
    expect(match({ '/birds': ['1.jpg', '2.jpg'] }, 'cats/1.jpg', 'dogs/1.jpg')).toEqual(['several-folders', 'several-folders']);
    expect(match({ '/birds': ['1.jpg', '2.jpg'] }, 'cats/1.jpg', 'dogs/7.jpg')).toEqual(['unknown', 'unknown']);
  });

  it('of several folders that fit means the one of the same name, and else none', () => {
    const rows = ['D:/all/site1/day1/1.jpg', 'D:/all/site2/day1/1.jpg'] as const;
    expect(match({ '/x/site2': ['day1/1.jpg'] }, ...rows)).toEqual(['unknown', 1]);
    expect(match({ '/x/other': ['day1/1.jpg'] }, ...rows)).toEqual(['several-folders', 'several-folders']);
    // The shorter folder holds the longer: what would fit in the deeper one is another image.
    expect(match({ '/x/other': ['day1/1.jpg', '1.jpg'] }, 'D:/all/day1/1.jpg', 'D:/all/day2/1.jpg')).toEqual([1, 'unknown']);
  });

  it('of a project with several folders needs what tells them apart', () => {
    const folders = { '/data/a': ['1.jpg', 'b/2.jpg'], '/data/b': ['1.jpg', '2.jpg'] };
    expect(match(folders, '1.jpg', 'a/1.jpg', 'b/1.jpg', 'b/2.jpg', '/data/b/2.jpg', 'a/b/2.jpg')).toEqual([
      'several',
      1,
      3,
      'several',
      4,
      2,
    ]);
    expect(match(folders, 'E:\\old\\a\\1.jpg', 'E:\\old\\b\\1.jpg')).toEqual([1, 3]);
  });
});

describe('what is exported', () => {
  const name = fc.constantFrom('a', 'b', 'c.jpg', 'd.jpg', 'é', 'e\u0301');
  const paths = fc.uniqueArray(
    fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/')),
    { minLength: 1, maxLength: 8 },
  );
  const roots = fc.uniqueArray(fc.constantFrom('/a', '/a b', '/data/a', '/data/b', '/data/x/c', '/data/é', '/b/a'), {
    minLength: 1,
    maxLength: 3,
  });

  it('is found again in the project itself, or named as what several images are', () => {
    let numFound = 0;
    let numSeveral = 0;
    fc.assert(
      fc.property(roots, fc.array(paths, { minLength: 3, maxLength: 3 }), (folders, lists) => {
        const { workspace, images } = project(Object.fromEntries(folders.map((folder, i) => [folder, lists[i]!])));
        const { matches } = matchImages(workspace, outsidePaths(workspace, images));
        matches.forEach((found, i) => {
          if (found === 'several') numSeveral++;
          else {
            expect(found).toBe(images[i]!.id);
            numFound++;
          }
        });
      }),
      { seed: 8, numRuns: 2000 },
    );
    expect(numSeveral / numFound).toBeLessThan(0.01);
  });

  it('is found again where the folder lies elsewhere by then', () => {
    const elsewhere = fc.constantFrom('C:\\old\\', '/mnt/disk 1/', 'x/');
    fc.assert(
      fc.property(paths, elsewhere, (list, prefix) => {
        const { workspace, images } = project({ '/home/me/birds': list });
        const written = list.map((path) => prefix + (prefix.includes('\\') ? path.replaceAll('/', '\\') : path));
        matchImages(workspace, written).matches.forEach((found, i) =>
          expect([images[i]!.id, 'several', 'several-folders']).toContain(found),
        );
      }),
      { seed: 8, numRuns: 500 },
    );
  });

  it('is absolute only where folders share none, or a shorter path would be another image', () => {
    const of = (folders: Readonly<Record<string, readonly string[]>>): string[] => {
      const { workspace, images } = project(folders);
      return outsidePaths(workspace, images);
    };
    expect(of({ '/data/a': ['x/1.jpg'] })).toEqual(['x/1.jpg']);
    expect(of({ '/data/a': ['1.jpg'], '/data/b/c': ['1.jpg'] })).toEqual(['a/1.jpg', 'b/c/1.jpg']);
    expect(of({ '/a': ['1.jpg'], '/b': ['1.jpg'] })).toEqual(['/a/1.jpg', '/b/1.jpg']);
    expect(of({ '/data/a': ['1.jpg'], '/data/b': ['a/1.jpg'] })).toEqual(['/data/a/1.jpg', '/data/b/a/1.jpg']);
  });
});
