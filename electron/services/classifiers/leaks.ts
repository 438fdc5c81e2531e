/** Ways in which a figure could flatter because like images are on both sides, each named with the images it is about. */
import type { GroupRule } from '../../contract/domain.ts';
import { copyNumbers, groupNumbers, groupingInUse, proposedGroupings } from '../intake/grouping.ts';
import type { ProposedGrouping } from '../intake/grouping.ts';
import { testImages } from '../intake/test-split.ts';
import type { Workspace } from '../workspace.ts';

export type LeakKind = 'copies-of-two-classes' | 'copies-across' | 'group-across' | 'group-in-folds';

export interface Leak {
  readonly kind: LeakKind;
  /** In one line. */
  readonly title: string;
  /** What it does, and what to do. */
  readonly text: string;
  /** The images concerned, those of a group beside one another. */
  readonly imageIds: readonly number[];
  /** Whether the figures shown are free of it already. */
  readonly isMet: boolean;
  /** The grouping that would end it. */
  readonly rule: GroupRule | null;
}

interface LabelledImages {
  readonly imageIds: Int32Array;
  readonly classIds: Int32Array;
  readonly isTest: readonly boolean[];
}

function labelledImages(workspace: Workspace): LabelledImages {
  const { project } = workspace;
  const [usable, test] = [new Set(project.images.usable()), new Set(testImages(workspace))];
  const all = project.labels.all();
  const rows = Array.from(all.imageIds.keys()).filter((i) => usable.has(all.imageIds[i] ?? 0));
  const imageIds = Int32Array.from(rows, (i) => all.imageIds[i] ?? 0);
  return { imageIds, classIds: Int32Array.from(rows, (i) => all.classIds[i] ?? 0), isTest: Array.from(imageIds, (id) => test.has(id)) };
}

const count = (n: number, one: string, many = `${one}s`): string => `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
const maxNamed = 3;

/** Every leak among the labelled images. */
export function findLeaks(workspace: Workspace): Leak[] {
  const labelled = labelledImages(workspace);
  if (labelled.imageIds.length === 0) return [];
  const copies = copyNumbers(workspace, labelled.imageIds);
  const inUse = groupingInUse(workspace);
  const proposal = inUse === null ? proposedGroupings(workspace).find(({ isProposed }) => isProposed) : undefined;
  return [
    ...copiesOfTwoClasses(workspace, labelled, copies),
    ...copiesAcross(labelled, copies),
    ...(proposal === undefined ? [] : groupLeaks(workspace, withoutCopies(labelled, copies), proposal)),
    ...(inUse === null ? [] : groupsAcross(workspace, labelled)),
  ];
}

/** Of the copies of an image only the first: what they do is told of by itself. */
function withoutCopies({ imageIds, classIds, isTest }: LabelledImages, copies: Int32Array): LabelledImages {
  const first = new Map(
    Array.from(copies.keys())
      .toReversed()
      .map((i) => [copies[i] ?? 0, i]),
  );
  const rows = Array.from(copies.keys()).filter((i) => first.get(copies[i] ?? 0) === i);
  return {
    imageIds: Int32Array.from(rows, (i) => imageIds[i] ?? 0),
    classIds: Int32Array.from(rows, (i) => classIds[i] ?? 0),
    isTest: rows.map((i) => isTest[i] === true),
  };
}

function groupsOf(numbers: Int32Array): number[][] {
  return [...Map.groupBy(numbers.keys(), (i) => numbers[i] ?? 0).values()].filter((rows) => rows.length > 1);
}

function copiesOfTwoClasses(workspace: Workspace, { imageIds, classIds }: LabelledImages, copies: Int32Array): Leak[] {
  const { project } = workspace;
  const conflicts = groupsOf(copies).filter((rows) => new Set(rows.map((i) => classIds[i])).size > 1);
  if (conflicts.length === 0) return [];
  const names = new Map(project.classes.list().map(({ id, name }) => [id, name]));
  const named = conflicts.slice(0, maxNamed).map((rows) => {
    const images = project.images.getMany(rows.map((i) => imageIds[i] ?? 0));
    return images.map(({ relativePath }, at) => `${relativePath} (${names.get(classIds[rows[at] ?? 0] ?? 0) ?? 'no class'})`).join(' = ');
  });
  const more = conflicts.length > maxNamed ? `; and ${conflicts.length - maxNamed} more` : '';
  return [
    {
      kind: 'copies-of-two-classes',
      title: `${count(conflicts.length, 'image is', 'images are')} there more than once, under different classes`,
      text: `One of the labels of each is wrong, and no classifier can get both right: ${named.join('; ')}${more}.`,
      imageIds: conflicts.flatMap((rows) => rows.map((i) => imageIds[i] ?? 0)),
      isMet: false,
      rule: null,
    },
  ];
}

/** Rows of groups with images on both sides. */
function crossing(numbers: Int32Array, isTest: readonly boolean[]): number[][] {
  return groupsOf(numbers).filter((rows) => rows.some((i) => isTest[i]) && rows.some((i) => !isTest[i]));
}

function copiesAcross({ imageIds, isTest }: LabelledImages, copies: Int32Array): Leak[] {
  const groups = crossing(copies, isTest);
  if (groups.length === 0) return [];
  const numTest = groups.flat().filter((i) => isTest[i]).length;
  return [
    {
      kind: 'copies-across',
      title: `${count(numTest, 'image')} kept apart ${numTest === 1 ? 'has a copy' : 'have copies'} among the images learnt from`,
      text: 'Having seen the answer is no skill, so they are left out of the measurement.',
      imageIds: groups.flatMap((rows) => rows.map((i) => imageIds[i] ?? 0)),
      isMet: true,
      rule: null,
    },
  ];
}

/** What a grouping that is not in use yet would put right. */
function groupLeaks(workspace: Workspace, { imageIds, isTest }: LabelledImages, proposal: ProposedGrouping): Leak[] {
  const numbers = groupNumbers(workspace, imageIds, proposal.rule);
  const { kind, example, likeness, rule } = proposal;
  const whole = groupPhrase(kind);
  const alike =
    likeness === null
      ? ''
      : ` ${Math.round(100 * likeness.share)} % of all images have their nearest neighbour in the same ${kind}, against ${Math.round(100 * likeness.byChance)} % by chance.`;
  const across = crossing(numbers, isTest);
  const numTest = across.flat().filter((i) => isTest[i]).length;
  const learnt = groupsOf(numbers.map((number, i) => (isTest[i] ? -1 - i : number)));
  const ids = (groups: number[][]): number[] => groups.flatMap((rows) => rows.map((i) => imageIds[i] ?? 0));
  return [
    ...(across.length === 0
      ? []
      : [
          {
            kind: 'group-across' as const,
            title: `${count(numTest, 'image')} kept apart ${numTest === 1 ? 'is' : 'are'} of ${whole} that was also learnt from`,
            text: `${sentence(kind, example)} are on both sides, so the accuracy tells of ${plural(kind)} seen before, and new ones may do worse.${alike} Keep each ${kind} together.`,
            imageIds: ids(across),
            isMet: false,
            rule,
          },
        ]),
    ...(learnt.length === 0
      ? []
      : [
          {
            kind: 'group-in-folds' as const,
            title: `Cross-validation splits ${plural(kind)} between its folds`,
            text: `${count(learnt.length, kind, plural(kind))} (such as ${example}) ${learnt.length === 1 ? 'has' : 'have'} several labels, and each is predicted with the others' help.${alike} Keep each ${kind} together.`,
            imageIds: ids(learnt),
            isMet: false,
            rule,
          },
        ]),
  ];
}

/** With a grouping in use, what of it is on both sides is left out of the measurement. */
function groupsAcross(workspace: Workspace, { imageIds, isTest }: LabelledImages): Leak[] {
  const groups = crossing(groupNumbers(workspace, imageIds), isTest);
  const numTest = groups.flat().filter((i) => isTest[i]).length;
  if (numTest === 0) return [];
  return [
    {
      kind: 'group-across',
      title: `${count(numTest, 'image')} kept apart ${numTest === 1 ? 'belongs' : 'belong'} to groups that were also learnt from`,
      text: 'They are left out of the measurement. Keep whole groups apart to measure on more.',
      imageIds: groups.flatMap((rows) => rows.map((i) => imageIds[i] ?? 0)),
      isMet: true,
      rule: groupingInUse(workspace),
    },
  ];
}

function plural(kind: string): string {
  return `${kind}s`;
}

function groupPhrase(kind: string): string {
  return `a ${kind}`;
}

function sentence(kind: string, example: string): string {
  const things = kind === 'video' ? 'Frames of one video' : `Images of one ${kind}`;
  return `${things} (such as ${example})`;
}

/** Images kept apart that may be measured on: none of their group is among the images learnt from. */
export function unseenRows(workspace: Workspace, testIds: Int32Array, trainingIds: Int32Array): number[] {
  const numbers = groupNumbers(workspace, Int32Array.from([...testIds, ...trainingIds]));
  const learnt = new Set(numbers.subarray(testIds.length));
  return Array.from(testIds.keys()).filter((i) => !learnt.has(numbers[i] ?? -1));
}
