/** Which images are shown: what a filter consists of, its parts as they can be taken away one by one, and what changes it depends on. */
import type { ImageFilterInput, sortFields } from '../../../electron/contract/calls.ts';
import { formatPercent } from '../../lib/format.ts';
import { strings } from '../../lib/strings.ts';

const t = strings.images.filter;

/** 'given' keeps the order in which images were listed, for instance by similarity; there only with a list. */
export type SortField = (typeof sortFields)[number] | 'given';

export interface Sort {
  readonly by: SortField;
  readonly descending: boolean;
}

/** A part of a filter that comes and goes as one. */
export type FilterPart =
  | 'text'
  | 'ids'
  | 'source'
  | 'status'
  | 'excluded'
  | 'labelled'
  | 'test'
  | 'class'
  | 'predicted'
  | 'disagreeing'
  | 'confidence'
  | 'cluster';

const keysOf = {
  text: ['text'],
  ids: ['ids'],
  source: ['sourceId'],
  status: ['status'],
  excluded: ['isExcluded'],
  labelled: ['isLabelled'],
  test: ['isTest'],
  class: ['classId'],
  predicted: ['predictedId'],
  disagreeing: ['isDisagreeing'],
  confidence: ['minConfidence', 'maxConfidence'],
  cluster: ['clusterId'],
} as const satisfies Readonly<Record<FilterPart, readonly (keyof ImageFilterInput)[]>>;

const parts = Object.keys(keysOf) as FilterPart[];

export interface FilterChip {
  readonly part: FilterPart;
  readonly label: string;
  /** A CSS colour, where the part is a class. */
  readonly colour?: string;
}

/** What chips call things. */
export interface FilterNames {
  /** What a list of images is, for instance 'Lion taken for Tiger'. */
  readonly title: string | null;
  classOf(id: number): { readonly name: string; readonly colour: string } | undefined;
  sourceOf(id: number): string | undefined;
}

function has(filter: ImageFilterInput, part: FilterPart): boolean {
  return keysOf[part].some((key) => filter[key] !== undefined && filter[key] !== '');
}

/** Whether everything is shown. */
export function isEmptyFilter(filter: ImageFilterInput): boolean {
  return !parts.some((part) => has(filter, part));
}

/** The filter without one of its parts. */
export function without(filter: ImageFilterInput, part: FilterPart): ImageFilterInput {
  const keys = new Set<string>(keysOf[part]);
  return Object.fromEntries(Object.entries(filter).filter(([key]) => !keys.has(key)));
}

/** The filter with a part set to other values, or without it where they are undefined. */
export function withPart(filter: ImageFilterInput, part: FilterPart, values: ImageFilterInput): ImageFilterInput {
  const next: Readonly<Record<string, unknown>> = { ...without(filter, part), ...values };
  return Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined && value !== ''));
}

/** Whether a change of labels can change which images are shown, or their order. */
export function dependsOnLabels(filter: ImageFilterInput, sort: Sort): boolean {
  return has(filter, 'labelled') || has(filter, 'class') || has(filter, 'disagreeing') || sort.by === 'class';
}

/** The sort that holds for a filter: 'given' only with a list, and then unless another was chosen. */
export function sortFor(filter: ImageFilterInput, sort: Sort): Sort {
  return sort.by === 'given' && filter.ids === undefined ? { by: 'added', descending: false } : sort;
}

/** What of the query the engine is asked for; the given order is made here. */
export function queryOf(
  filter: ImageFilterInput,
  sort: Sort,
): { filter: ImageFilterInput; sort?: { by: Exclude<SortField, 'given'>; descending: boolean } } {
  const { by, descending } = sortFor(filter, sort);
  return by === 'given' ? { filter } : { filter, sort: { by, descending } };
}

/** `found` in the order of `given`; both hold the same kind of ids, and `found` no others than `given`. */
export function inGivenOrder(found: Int32Array, given: readonly number[], descending: boolean): Int32Array {
  const present = new Set(found);
  const ordered = Int32Array.from([...new Set(given)].filter((id) => present.has(id)));
  return descending ? ordered.reverse() : ordered;
}

function labelOf(filter: ImageFilterInput, part: FilterPart, names: FilterNames): string {
  switch (part) {
    case 'text':
      return t.chips.text(filter.text ?? '');
    case 'ids':
      return names.title ?? t.chips.ids;
    case 'source':
      return t.chips.source(names.sourceOf(filter.sourceId ?? 0) ?? '');
    case 'status':
      return t.statuses[filter.status ?? 'ok'];
    case 'excluded':
      return filter.isExcluded === true ? t.excluded : t.notExcluded;
    case 'labelled':
      return filter.isLabelled === true ? t.labelled : t.unlabelled;
    case 'test':
      return filter.isTest === true ? t.test : t.notTest;
    case 'class':
      return t.chips.class(names.classOf(filter.classId ?? 0)?.name ?? '');
    case 'predicted':
      return t.chips.predicted(names.classOf(filter.predictedId ?? 0)?.name ?? '');
    case 'disagreeing':
      return filter.isDisagreeing === true ? t.disagreeing : t.agreeing;
    case 'confidence':
      return t.chips.confidence(formatPercent(filter.minConfidence ?? 0, 0), formatPercent(filter.maxConfidence ?? 1, 0));
    case 'cluster':
      return t.chips.cluster(String((filter.clusterId ?? 0) + 1));
    default:
      return part satisfies never;
  }
}

/** The parts of a filter in words. The text of the search is left to its field. */
export function chipsOf(filter: ImageFilterInput, names: FilterNames): FilterChip[] {
  return parts
    .filter((part) => part !== 'text' && has(filter, part))
    .map((part) => {
      const label = labelOf(filter, part, names);
      const id = part === 'class' ? filter.classId : part === 'predicted' ? filter.predictedId : undefined;
      const colour = id === undefined ? undefined : names.classOf(id)?.colour;
      return colour === undefined ? { part, label } : { part, label, colour };
    });
}
