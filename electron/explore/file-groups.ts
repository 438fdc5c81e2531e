/** Images that belong together by where they lie and what they are called: one folder, one video, one camera, one specimen. */
import type { GroupRule } from '../contract/domain.ts';
import { AppError } from '../contract/errors.ts';

export interface GroupCandidate {
  readonly rule: GroupRule;
  /** What a group seems to be, in one word: folder, video, camera, ... */
  readonly kind: string;
  /** The name of one of its groups. */
  readonly example: string;
  readonly numGroups: number;
  /** Images that share their group with another. */
  readonly numShared: number;
  /** Whether what follows the group's name is a running number: frames, most likely. */
  readonly isSeries: boolean;
}

/** A path with '/' between folders, and the class of the image where it is known: a folder that is the class is no group. */
export interface PathOfImage {
  readonly path: string;
  readonly classId: number | null;
}

const minGroups = 4;
/** Of the images, at least this share must share their group with another. */
const minShared = 0.5;
/** A group that holds most images is no group. */
const maxGroupShare = 0.5;
const maxFields = 6;

const words: readonly (readonly [RegExp, string])[] = [
  [/^(video|vid|clip|mov|seq|sequence|burst|track)/i, 'video'],
  [/^(cam|camera|ct)\d/i, 'camera'],
  [/^(site|loc|location|station|plot|transect|field)/i, 'site'],
  [/^(specimen|spec|sp|ind|individual|animal|fish|bird|plant)[-_]?\d/i, 'specimen'],
  [/^(patient|pat|subject|subj|case|donor)/i, 'patient'],
  [/^(slide|plate|well|batch|lot|run|session|tile|scene)/i, 'session'],
];

/** The parts of a file's name: split where there is a separator, and where letters and digits meet if that leaves one part only. */
export function nameFields(path: string): string[] {
  const file = path.slice(path.lastIndexOf('/') + 1);
  const stem = file.includes('.') ? file.slice(0, file.lastIndexOf('.')) : file;
  const parts = stem.split(/[-_ .()[\]]+/).filter((part) => part !== '');
  if (parts.length > 1) return parts;
  return stem.match(/\d+|\D+/g) ?? [];
}

function folders(path: string): string[] {
  return path.split('/').slice(0, -1);
}

/** The group's name, or null where the rule says nothing about this path. Throws `invalid-input` for a pattern that is none. */
export function groupName(rule: GroupRule): (path: string) => string | null {
  switch (rule.by) {
    case 'folder':
      return (path) => {
        const parts = folders(path);
        return parts.length === 0 ? null : parts.slice(0, rule.depth).join('/');
      };
    case 'name':
      return (path) => {
        const fields = nameFields(path);
        return fields.length <= rule.fields ? null : fields.slice(0, rule.fields).join('_');
      };
    case 'field':
      return (path) => nameFields(path)[rule.field] ?? null;
    case 'pattern': {
      const expression = compile(rule.pattern);
      return (path) => {
        const found = expression.exec(path);
        return found === null ? null : (found[1] ?? found[0]);
      };
    }
    default:
      return rule satisfies never;
  }
}

function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (cause) {
    throw new AppError('invalid-input', `“${pattern}” is no pattern: write it as a regular expression, for instance ^(site\\d+).`, {
      cause,
    });
  }
}

/**
 * Ways of grouping these images that their paths suggest, the most telling first: series of numbered frames, names with a known word, then the rest; of
 * two with the same groups the first. What merely repeats the classes is left out.
 */
export function suggestGroupings(images: readonly PathOfImage[]): GroupCandidate[] {
  const depth = Math.max(0, ...images.map(({ path }) => folders(path).length));
  const rules: GroupRule[] = [
    ...Array.from({ length: maxFields }, (_, i): GroupRule => ({ by: 'name', fields: i + 1 })),
    ...Array.from({ length: maxFields }, (_, i): GroupRule => ({ by: 'field', field: i + 1 })),
    ...Array.from({ length: depth }, (_, i): GroupRule => ({ by: 'folder', depth: i + 1 })),
  ];
  const seen = new Set<string>();
  const found: GroupCandidate[] = [];
  for (const rule of rules) {
    const named = groupImages(images, rule);
    const partition = named.numbers.join(' ');
    if (seen.has(partition) || !isPlausible(images, named)) continue;
    seen.add(partition);
    const kind = kindOf(rule, named.names);
    if (rule.by === 'field' && kind === 'group') continue;
    found.push({
      rule,
      kind,
      example: named.names[0] ?? '',
      numGroups: named.names.length,
      numShared: named.numShared,
      isSeries: rule.by === 'name' && isSeries(images, rule.fields),
    });
  }
  const rank = ({ isSeries: series, kind }: GroupCandidate): number => (series ? 0 : kind === 'group' ? 2 : 1);
  return found.sort((a, b) => rank(a) - rank(b));
}

interface NamedGroups {
  /** [N]: the number of each image's group; images without one are groups of their own, numbered after the named ones. */
  readonly numbers: Int32Array;
  readonly names: readonly string[];
  readonly numShared: number;
}

/** The groups of a rule, numbered in the order they are met. */
export function groupImages(images: readonly Pick<PathOfImage, 'path'>[], rule: GroupRule): NamedGroups {
  const nameOf = groupName(rule);
  const numberOf = new Map<string, number>();
  const named = images.map(({ path }) => {
    const name = nameOf(path);
    if (name === null) return -1;
    const number = numberOf.get(name) ?? numberOf.size;
    numberOf.set(name, number);
    return number;
  });
  let alone = numberOf.size;
  const numbers = Int32Array.from(named, (number) => (number < 0 ? alone++ : number));
  const sizes = new Int32Array(alone);
  for (const number of numbers) sizes[number] = (sizes[number] ?? 0) + 1;
  return { numbers, names: [...numberOf.keys()], numShared: numbers.reduce((sum, number) => sum + ((sizes[number] ?? 0) > 1 ? 1 : 0), 0) };
}

function isPlausible(images: readonly PathOfImage[], { numbers, names, numShared }: NamedGroups): boolean {
  if (names.length < minGroups || numShared < minShared * images.length) return false;
  const sizes = new Map<number, number>();
  for (const number of numbers) sizes.set(number, (sizes.get(number) ?? 0) + 1);
  if (Math.max(...sizes.values()) > maxGroupShare * images.length) return false;
  return !isTheClass(images, numbers);
}

/** Whether hardly anything but the class decides the group: most images of a class are in one group. */
function isTheClass(images: readonly PathOfImage[], numbers: Int32Array): boolean {
  const byClass = Map.groupBy(
    images.flatMap(({ classId }, i) => (classId === null ? [] : [{ classId, group: numbers[i] ?? 0 }])),
    ({ classId }) => classId,
  );
  let [inLargest, all] = [0, 0];
  for (const members of byClass.values()) {
    const sizes = Array.from(Map.groupBy(members, ({ group }) => group).values(), (list) => list.length);
    inLargest += Math.max(...sizes);
    all += members.length;
  }
  return all > 0 && inLargest > 0.8 * all;
}

function kindOf(rule: GroupRule, names: readonly string[]): string {
  if (rule.by === 'folder') return 'folder';
  const last = names.map((name) => name.split('_').at(-1) ?? '');
  const firsts = rule.by === 'name' ? names : last;
  for (const [word, kind] of words) {
    const numFitting = [...firsts.keys()].filter((i) => word.test(firsts[i] ?? '') || word.test(last[i] ?? '')).length;
    if (numFitting > 0.8 * names.length) return kind;
  }
  return 'group';
}

/** Whether exactly one part follows, a number, and the numbers of a group lie close together for most images. */
function isSeries(images: readonly PathOfImage[], fields: number): boolean {
  const numbers = new Map<string, number[]>();
  for (const { path } of images) {
    const parts = nameFields(path);
    const number = /^(?:frame|f|img|image)?(\d+)$/i.exec(parts[fields] ?? '')?.[1];
    if (parts.length !== fields + 1 || number === undefined) continue;
    const key = parts.slice(0, fields).join('_');
    const list = numbers.get(key);
    if (list === undefined) numbers.set(key, [Number(number)]);
    else list.push(Number(number));
  }
  let [numSteps, numEven] = [0, 0];
  for (const list of numbers.values()) {
    const steps = list.sort((a, b) => a - b).flatMap((number, i) => (i === 0 ? [] : [number - (list[i - 1] ?? 0)]));
    const usual = [...steps].sort((a, b) => a - b)[steps.length >> 1];
    numSteps += steps.length;
    numEven += steps.filter((step) => step === usual).length;
  }
  return numSteps >= 0.5 * images.length && numEven > 0.7 * numSteps;
}

/** How much more often an image's nearest neighbour is of its own group than chance would have it. */
export interface GroupLikeness {
  /** Share of the images whose nearest neighbour is of their group. */
  readonly share: number;
  readonly byChance: number;
}

/** From each image's nearest neighbour, as positions in `groups`, -1 where unknown. Null where none is known. */
export function groupLikeness(groups: Int32Array, nearest: Int32Array): GroupLikeness | null {
  const sizes = new Map<number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  let [known, same, byChance] = [0, 0, 0];
  nearest.forEach((other, i) => {
    if (other < 0) return;
    const group = groups[i] ?? -1;
    known += 1;
    same += groups[other] === group ? 1 : 0;
    byChance += ((sizes.get(group) ?? 1) - 1) / Math.max(1, groups.length - 1);
  });
  return known === 0 ? null : { share: same / known, byChance: byChance / known };
}

/** Joins groupings: whatever shares a number in either is one group. Numbers start at 0, in the order they are met. */
export function joinGroups(a: Int32Array, b: Int32Array): Int32Array {
  const parent = new Map<string, string>();
  const rootOf = (key: string): string => {
    let root = key;
    for (let above = parent.get(root); above !== undefined && above !== root; above = parent.get(root)) root = above;
    return root;
  };
  a.forEach((first, i) => {
    const [one, other] = [rootOf(`a${first}`), rootOf(`b${b[i] ?? 0}`)];
    if (one !== other) parent.set(other, one);
  });
  const numbers = new Map<string, number>();
  return a.map((first) => {
    const root = rootOf(`a${first}`);
    const number = numbers.get(root) ?? numbers.size;
    numbers.set(root, number);
    return number;
  });
}
