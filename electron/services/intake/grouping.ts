/** Which images of a project belong together, so that none of them is learnt from while another is measured on. */
import { z } from 'zod';
import type { GroupRule } from '../../contract/domain.ts';
import { groupImages, groupLikeness, groupName, joinGroups, suggestGroupings } from '../../explore/file-groups.ts';
import type { GroupCandidate, GroupLikeness } from '../../explore/file-groups.ts';
import { newestMap, readDuplicates, readNeighbourIds } from '../mapping/maps.ts';
import type { Workspace } from '../workspace.ts';

const settingKey = 'grouping';

export const groupRuleSchema = z.discriminatedUnion('by', [
  z.object({ by: z.literal('folder'), depth: z.number().int().positive() }),
  z.object({ by: z.literal('name'), fields: z.number().int().positive() }),
  z.object({ by: z.literal('field'), field: z.number().int().nonnegative() }),
  z.object({ by: z.literal('pattern'), pattern: z.string().min(1).max(200) }),
]);

/** The rule in use; null for near-copies alone. */
export function groupingInUse({ project }: Workspace): GroupRule | null {
  const parsed = groupRuleSchema.safeParse(project.settings.get(settingKey));
  return parsed.success ? parsed.data : null;
}

/** Throws `invalid-input` for a pattern that is none. */
export function setGrouping({ project }: Workspace, rule: GroupRule | null): void {
  if (rule === null) {
    project.settings.remove(settingKey);
    return;
  }
  groupName(rule);
  project.settings.set(settingKey, rule);
}

/** What a rule says in words: "the same video, such as video1". */
export function ruleWords(rule: GroupRule): string {
  switch (rule.by) {
    case 'folder':
      return rule.depth === 1 ? 'the first folder' : `the first ${rule.depth} folders`;
    case 'name':
      return rule.fields === 1 ? 'the first part of the name' : `the first ${rule.fields} parts of the name`;
    case 'field':
      return `part ${rule.field + 1} of the name`;
    case 'pattern':
      return `the pattern ${rule.pattern}`;
    default:
      return rule satisfies never;
  }
}

interface ImagePaths {
  readonly ids: Int32Array;
  readonly paths: readonly string[];
  readonly hashes: readonly (string | null)[];
}

function pathsOf({ project }: Workspace, ids: Int32Array): ImagePaths {
  const many = project.sources.list().length > 1;
  const images = project.images.getMany(ids);
  return {
    ids: Int32Array.from(images, ({ id }) => id),
    // Folders of different sources may have the same name.
    paths: images.map(({ sourceId, relativePath }) => {
      const path = relativePath.replaceAll('\\', '/');
      return many ? `source ${sourceId}/${path}` : path;
    }),
    hashes: images.map(({ contentHash }) => contentHash),
  };
}

export interface ProposedGrouping extends GroupCandidate {
  /** Whether images of a group look alike, by the newest map; null without one. */
  readonly likeness: GroupLikeness | null;
  /** Whether it ought to be used: its images look alike, or without a map, are numbered frames or named by a known word. */
  readonly isProposed: boolean;
}

/** Neighbours of one group this many times as often as by chance, and this often, are no accident. */
const telling = { times: 2.5, share: 0.2 };

/** The groupings that the images' paths suggest, and which of them the images bear out. */
export function proposedGroupings(workspace: Workspace): ProposedGrouping[] {
  const { project } = workspace;
  const usable = project.images.usable();
  const { ids, paths } = pathsOf(workspace, usable);
  const classIds = project.labels.classesOf(ids);
  const images = paths.map((path, i) => ({ path, classId: classIds[i] === 0 ? null : (classIds[i] ?? null) }));
  const nearest = nearestPositions(workspace, ids);
  return suggestGroupings(runsOf(images)).map((candidate) => {
    const likeness = nearest && groupLikeness(groupImages(images, candidate.rule).numbers, nearest);
    const isNamed = candidate.isSeries || !['group', 'folder'].includes(candidate.kind);
    const isAlike = likeness !== null && likeness.share > telling.share && likeness.share > telling.times * likeness.byChance;
    return { ...candidate, likeness, isProposed: likeness === null ? isNamed : isAlike };
  });
}

/** Names are looked for among this many images, in runs of neighbours by path, so that groups stay whole. */
const maxLooked = 10_000;
const runLength = 500;

function runsOf<Image extends { readonly path: string }>(images: readonly Image[]): readonly Image[] {
  if (images.length <= maxLooked) return images;
  const sorted = images.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const every = Math.ceil((images.length * runLength) / maxLooked);
  return sorted.filter((_, i) => i % every < runLength);
}

/** The position of every image's nearest neighbour among `ids`, -1 where unknown; null without a map. */
function nearestPositions(workspace: Workspace, ids: Int32Array): Int32Array | null {
  const map = newestMap(workspace);
  const stored = map && readNeighbourIds(workspace, map);
  if (stored === null) return null;
  const position = new Map(Array.from(ids, (id, i) => [id, i] as const));
  const nearest = new Int32Array(ids.length).fill(-1);
  stored.imageIds.forEach((id, row) => {
    const at = position.get(id);
    if (at !== undefined) nearest[at] = position.get(stored.ids[row * stored.k] ?? -1) ?? -1;
  });
  return nearest;
}

/**
 * A number for each of these images: equal where they are copies of one another (by content, or nearly the same by the newest map), and where the
 * rule, that in use unless told, puts them together, directly or through others.
 */
export function groupNumbers(workspace: Workspace, imageIds: Int32Array, rule: GroupRule | null = groupingInUse(workspace)): Int32Array {
  const copies = copyNumbers(workspace, imageIds);
  if (rule === null) return copies;
  const { paths } = pathsOf(workspace, imageIds);
  return joinGroups(
    copies,
    groupImages(
      paths.map((path) => ({ path })),
      rule,
    ).numbers,
  );
}

/** Equal numbers for copies of one image. */
export function copyNumbers(workspace: Workspace, imageIds: Int32Array): Int32Array {
  const { hashes } = pathsOf(workspace, imageIds);
  const map = newestMap(workspace);
  const near = new Map(
    (map === null ? [] : readDuplicates(workspace, map)).flatMap((group, i) => group.map((id) => [id, `near ${i}`] as const)),
  );
  const numbered = (keys: readonly string[]): Int32Array => {
    const numbers = new Map<string, number>();
    return Int32Array.from(keys, (key) => {
      const number = numbers.get(key) ?? numbers.size;
      numbers.set(key, number);
      return number;
    });
  };
  return joinGroups(
    numbered(hashes.map((hash, i) => hash ?? `image ${imageIds[i] ?? 0}`)),
    numbered(Array.from(imageIds, (id) => near.get(id) ?? `image ${id}`)),
  );
}

/** Group numbers for folds, or undefined where every image stands alone. */
export function foldGroups(workspace: Workspace, imageIds: Int32Array): Int32Array | undefined {
  const numbers = groupNumbers(workspace, imageIds);
  return new Set(numbers).size === numbers.length ? undefined : numbers;
}
