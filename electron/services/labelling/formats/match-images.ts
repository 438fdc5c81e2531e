/** Which image of the project a path of a file means, wherever the file was written. */
import { sep } from 'node:path';
import type { Workspace } from '../../workspace.ts';

/** Why a path names no image. */
export type Mismatch = 'unknown' | 'several' | 'several-folders';

export interface ImageMatches {
  /** An image or the reason, for every path. */
  readonly matches: readonly (number | Mismatch)[];
  /** Folders of the file that were taken for folders of the project, since all below them fits. */
  readonly moved: readonly { readonly from: string; readonly to: string }[];
}

interface Place {
  readonly imageId: number;
  readonly sourceId: number;
}

interface Source {
  readonly id: number;
  readonly rootPath: string;
  readonly root: readonly string[];
}

const text = (path: string): string => path;
const composed = (path: string): string => path.normalize('NFC');

/** The names of a path: without empty ones, '.' and what '..' takes back. */
function namesOf(path: string): string[] {
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names;
}

function endsWith(names: readonly string[], end: readonly string[]): boolean {
  return end.length <= names.length && end.every((name, i) => name === names[names.length - end.length + i]);
}

/** The usable images by what their paths end in. */
class PathIndex {
  readonly #sources: readonly Source[];
  readonly #byRelative = new Map<string, Place[]>();
  /** By the ends of relative paths that are not whole: an image, or null for several. */
  readonly #byEnd = new Map<string, number | null>();

  constructor(
    sources: readonly { readonly id: number; readonly rootPath: string }[],
    key: (path: string) => string,
    images: readonly (Place & { readonly path: string })[],
  ) {
    this.#sources = sources.map(({ id, rootPath }) => ({ id, rootPath, root: namesOf(key(rootPath.split(sep).join('/'))) }));
    for (const { path, ...place } of images) {
      const own = key(path);
      const found = this.#byRelative.get(own);
      if (found === undefined) this.#byRelative.set(own, [place]);
      else found.push(place);
      for (let at = own.indexOf('/'); at >= 0; at = own.indexOf('/', at + 1)) {
        const end = own.slice(at + 1);
        this.#byEnd.set(end, this.#byEnd.has(end) ? null : place.imageId);
      }
    }
  }

  /** The image whose whole path ends in these names. With several sources a path below one may be that of a folder beside, so both count. */
  find(names: readonly string[]): number | Mismatch {
    const exact = this.#byRelative.get(names.join('/')) ?? [];
    if (exact.length === 1 && this.#sources.length === 1) return exact[0]?.imageId ?? 'unknown';
    const found = new Set(exact.map(({ imageId }) => imageId));
    for (let at = 1; at < names.length; at++) {
      const places = this.#byRelative.get(names.slice(at).join('/')) ?? [];
      const beside = places.filter(({ sourceId }) =>
        endsWith(this.#sources.find(({ id }) => id === sourceId)?.root ?? [], names.slice(0, at)),
      );
      // Every name of the root counts: that is the absolute path, which means one image only.
      const whole = beside.find(({ sourceId }) => this.#sources.find(({ id }) => id === sourceId)?.root.length === at);
      if (whole !== undefined) return whole.imageId;
      beside.forEach(({ imageId }) => found.add(imageId));
    }
    if (found.size > 1) return 'several';
    const [only] = found;
    if (only !== undefined) return only;
    const end = this.#byEnd.get(names.join('/'));
    return end === undefined ? 'unknown' : (end ?? 'several');
  }

  /** The images whose path below their source is the longest end of these names, and the folder before it. */
  below(names: readonly string[]): { readonly places: readonly Place[]; readonly folder: string; readonly isFlat: boolean } | null {
    for (let at = 1; at < names.length; at++) {
      const places = this.#byRelative.get(names.slice(at).join('/'));
      if (places !== undefined) return { places, folder: names.slice(0, at).join('/'), isFlat: at === names.length - 1 };
    }
    return null;
  }

  get sources(): readonly Source[] {
    return this.#sources;
  }
}

/** The folder that stood for a source where the file was written: the only one; else one of the source's name; else one that holds all others. */
function movedFolder({ root }: Source, folders: ReadonlySet<string>): string | null {
  const all = [...folders];
  if (all.length === 1) return all[0] ?? null;
  const alike = all.filter((folder) => folder.split('/').at(-1) === root.at(-1));
  if (alike.length === 1) return alike[0] ?? null;
  return all.find((folder) => all.every((other) => other === folder || other.startsWith(`${folder}/`))) ?? null;
}

/**
 * Finds the image of each path. A path may be absolute, below a source, or an end of either; with slashes of either kind; composed or decomposed;
 * and it may come from a machine where the folder lay elsewhere, if all below that folder fits: `cats/1.jpg` never stands for `dogs/1.jpg`. Where
 * several images fit, none is taken.
 */
export function matchImages({ project }: Workspace, paths: readonly string[]): ImageMatches {
  const { images, sources } = project;
  const list = sources.list();
  const usable = images.getMany(images.usable()).map(({ id, sourceId, relativePath }) => ({ imageId: id, sourceId, path: relativePath }));
  const index = new PathIndex(list, composed, usable);
  // Only where names differ by composition alone can the very characters tell more.
  const isComposed = usable.every(({ path }) => composed(path) === path);
  const exact = isComposed ? null : new PathIndex(list, text, usable);
  // A backslash may be part of a name, so that comes first.
  const spellings = (path: string): string[] => (path.includes('\\') ? [path, path.replaceAll('\\', '/')] : [path]);
  const matches = paths.map((path): number | Mismatch => {
    for (const spelling of spellings(path)) {
      const found = exact?.find(namesOf(spelling)) ?? 'unknown';
      const match = typeof found === 'number' ? found : index.find(namesOf(composed(spelling)));
      if (match !== 'unknown') return match;
    }
    return 'unknown';
  });
  return { matches, moved: matchMoved(index, paths, matches, spellings) };
}

/** Matches what is unknown yet by folders that lay elsewhere, in place; returns which. */
function matchMoved(
  index: PathIndex,
  paths: readonly string[],
  matches: (number | Mismatch)[],
  spellings: (path: string) => readonly string[],
): ImageMatches['moved'] {
  const rows = paths.flatMap((path, i) => {
    if (matches[i] !== 'unknown') return [];
    const names = spellings(path).map((each) => namesOf(composed(each)));
    const below = names.map((each) => index.below(each)).find((each) => each !== null) ?? null;
    return [{ i, whole: (names.at(-1) ?? []).join('/'), below }];
  });
  const folders = new Map<number, string>();
  for (const source of index.sources) {
    const seen = new Set(
      rows.flatMap(({ below }) => (below?.places.some(({ sourceId }) => sourceId === source.id) === true ? [below.folder] : [])),
    );
    const folder = movedFolder(source, seen);
    if (folder !== null) folders.set(source.id, folder);
  }
  const isInside = rows.every(({ whole }) => [...folders.values()].some((folder) => whole.startsWith(`${folder}/`)));
  const used = new Set<number>();
  for (const { i, below } of rows) {
    if (below === null) continue;
    const places = below.places.filter(({ sourceId }) => folders.get(sourceId) === below.folder);
    const [place, ...others] = places;
    if (place === undefined) {
      // A folder that could not be told is worth a word; one that is merely deeper than the one that was is not in the project.
      const isTold = below.places.some(({ sourceId }) => folders.has(sourceId));
      if (!isTold) matches[i] = 'several-folders';
    } else if (others.length > 0) {
      matches[i] = 'several';
    } else if (!below.isFlat || isInside) {
      // The file's name alone is too little where the file speaks of other folders, too.
      matches[i] = place.imageId;
      used.add(place.sourceId);
    }
  }
  return index.sources.filter(({ id }) => used.has(id)).map(({ id, rootPath }) => ({ from: folders.get(id) ?? '', to: rootPath }));
}
