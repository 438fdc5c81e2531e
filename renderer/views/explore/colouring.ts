/** What colour each point has, and the legend that says so. */
import type { ImageColumns, MapView, ProjectView } from '../../../electron/contract/domain.ts';
import { folderName } from '../../lib/folder-name.ts';
import { formatCount } from '../../lib/format.ts';
import { strings } from '../../lib/strings.ts';
import { classColor, rampColor, unlabelledColor } from '../../ui/palette.ts';

const t = strings.explore;

export const colourModes = ['cluster', 'class', 'prediction', 'confidence', 'source'] as const;
export type ColourMode = (typeof colourModes)[number];

export interface LegendEntry {
  readonly key: string;
  readonly label: string;
  /** '#rrggbb' */
  readonly color: string;
  readonly count: number;
  /** Which categories it stands for. */
  readonly categories: readonly number[];
}

export interface Colouring {
  /** Of each point, [N]; an index into `palette`. */
  readonly categories: Uint16Array;
  readonly palette: readonly string[];
  readonly entries: readonly LegendEntry[];
}

/** Steps of the ramp, and steps that make up one line of the legend. */
const numRampSteps = 20;
const stepsPerEntry = 4;

interface Category {
  readonly key: string;
  readonly label: string;
  readonly color: string;
}

/** What points are coloured by. `columnAt` gives each point's position in the columns, -1 where the image is gone. */
export interface ColouringInput {
  readonly map: Pick<MapView, 'clusterIds' | 'clusters' | 'ids'>;
  readonly columns: ImageColumns;
  readonly columnAt: Int32Array;
  readonly project: Pick<ProjectView, 'classes' | 'sources'>;
}

/** Categories from a value of each point and the list of values, the first of the list being for all that is not in it. */
function byValue(valueOf: (i: number) => number, values: ReadonlyMap<number, Category>, rest: Category, length: number): Colouring {
  const list = [rest, ...values.values()];
  const indexOf = new Map<number, number>([...values.keys()].map((value, i) => [value, i + 1]));
  const categories = new Uint16Array(length);
  const counts = new Int32Array(list.length);
  for (let i = 0; i < length; i++) {
    const category = indexOf.get(valueOf(i)) ?? 0;
    categories[i] = category;
    counts[category] = (counts[category] ?? 0) + 1;
  }
  const entries = list.map((each, i) => ({ ...each, count: counts[i] ?? 0, categories: [i] }));
  const [first, ...others] = entries;
  return {
    categories,
    palette: list.map(({ color }) => color),
    // What has no value comes last, and only if there is any.
    entries: [...others.filter(({ count }) => count > 0), ...(first !== undefined && first.count > 0 ? [first] : [])],
  };
}

function byConfidence(confidence: (i: number) => number, length: number): Colouring {
  const categories = new Uint16Array(length);
  const counts = new Int32Array(numRampSteps + 1);
  for (let i = 0; i < length; i++) {
    const value = confidence(i);
    const category = Number.isNaN(value) ? 0 : 1 + Math.max(0, Math.min(numRampSteps - 1, Math.floor(value * numRampSteps)));
    categories[i] = category;
    counts[category] = (counts[category] ?? 0) + 1;
  }
  const entries: LegendEntry[] = [];
  for (let from = numRampSteps - stepsPerEntry; from >= 0; from -= stepsPerEntry) {
    const own = Array.from({ length: stepsPerEntry }, (_, i) => 1 + from + i);
    entries.push({
      key: `confidence-${from}`,
      label: t.legend.share(String((100 * from) / numRampSteps), String((100 * (from + stepsPerEntry)) / numRampSteps)),
      color: rampColor((from + stepsPerEntry / 2) / numRampSteps),
      count: own.reduce((sum, category) => sum + (counts[category] ?? 0), 0),
      categories: own,
    });
  }
  const none = counts[0] ?? 0;
  if (none > 0) entries.push({ key: 'none', label: t.legend.noPrediction, color: unlabelledColor, count: none, categories: [0] });
  return {
    categories,
    palette: [unlabelledColor, ...Array.from({ length: numRampSteps }, (_, i) => rampColor((i + 0.5) / numRampSteps))],
    entries: entries.filter(({ count }) => count > 0),
  };
}

/** Colours and legend for a way of colouring; one pass over the points. */
export function colour(mode: ColourMode, input: ColouringInput): Colouring {
  const { map, columns, columnAt, project } = input;
  const { length } = map.ids;
  const column =
    (values: ArrayLike<number>, none: number): ((i: number) => number) =>
    (i) =>
      values[columnAt[i] ?? -1] ?? none;
  const classes = new Map<number, Category>(
    project.classes.map(({ id, name, colour: color }) => [id, { key: `class-${id}`, label: name, color }]),
  );
  switch (mode) {
    case 'cluster': {
      const bySize = [...map.clusters].sort((a, b) => b.size - a.size || a.id - b.id);
      const clusters = new Map<number, Category>(
        bySize.map(({ id }) => [id, { key: `cluster-${id}`, label: t.clusterName(formatCount(id + 1)), color: classColor(id) }]),
      );
      return byValue((i) => map.clusterIds[i] ?? -1, clusters, { key: 'none', label: t.legend.noCluster, color: unlabelledColor }, length);
    }
    case 'class':
      return byValue(column(columns.classIds, 0), classes, { key: 'none', label: t.legend.unlabelled, color: unlabelledColor }, length);
    case 'prediction':
      return byValue(
        column(columns.predictedIds, 0),
        classes,
        { key: 'none', label: t.legend.noPrediction, color: unlabelledColor },
        length,
      );
    case 'confidence':
      return byConfidence(column(columns.confidence, NaN), length);
    case 'source': {
      const sources = new Map<number, Category>(
        project.sources.map(({ id, path }, i) => [id, { key: `source-${id}`, label: folderName(path), color: classColor(i) }]),
      );
      return byValue(column(columns.sourceIds, 0), sources, { key: 'none', label: t.legend.gone, color: unlabelledColor }, length);
    }
    default:
      return mode satisfies never;
  }
}

/** What of a point its drawing depends on besides colour. */
export const pointFlags = { selected: 1, dimmed: 2, hidden: 4 } as const;

/** Flags of every point, [N]: selected ones, and those outside of what is isolated, highlighted or left in. */
export function flagsOf({
  length,
  selected,
  categories,
  isolated,
  clusterIds,
  highlightedCluster,
  isExcluded,
}: {
  readonly length: number;
  /** Positions of selected points. */
  readonly selected: Iterable<number>;
  readonly categories: Uint16Array;
  /** Categories to stand out; null: all. */
  readonly isolated: ReadonlySet<number> | null;
  readonly clusterIds: Int32Array;
  readonly highlightedCluster: number | null;
  /** Of each point, or nothing where none is. */
  readonly isExcluded: (i: number) => boolean;
}): Uint8Array {
  const flags = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const isDimmed =
      (isolated !== null && !isolated.has(categories[i] ?? 0)) ||
      (highlightedCluster !== null && clusterIds[i] !== highlightedCluster) ||
      isExcluded(i);
    if (isDimmed) flags[i] = pointFlags.dimmed;
  }
  for (const i of selected) flags[i] = (flags[i] ?? 0) | pointFlags.selected;
  return flags;
}
