/** What a cell shows of its image, straight from the project's columns: there at once, without asking. */
import type { ClassView, ImageColumns, ImageStatusView } from '../../../electron/contract/domain.ts';
import { formatPercent } from '../../lib/format.ts';
import { strings } from '../../lib/strings.ts';
import { positionOf } from '../../state/columns.ts';

const t = strings.images.cell;
const statuses: readonly ImageStatusView[] = ['ok', 'unreadable', 'missing'];

export interface CellFacts {
  readonly status: ImageStatusView;
  readonly isExcluded: boolean;
  readonly isTest: boolean;
  readonly label: ClassView | null;
  readonly predicted: ClassView | null;
  /** Of the prediction, 0 to 1. */
  readonly confidence: number;
  /** Whether label and prediction differ. */
  readonly isDisagreeing: boolean;
}

const unknown: CellFacts = {
  status: 'ok',
  isExcluded: false,
  isTest: false,
  label: null,
  predicted: null,
  confidence: NaN,
  isDisagreeing: false,
};

/** Facts of one image; blank ones where the columns do not have it yet. */
export function cellFacts(columns: ImageColumns | null, classes: ReadonlyMap<number, ClassView>, id: number): CellFacts {
  if (columns === null) return unknown;
  const at = positionOf(columns.ids, id);
  if (at < 0) return unknown;
  const label = classes.get(columns.classIds[at] ?? 0) ?? null;
  const predicted = classes.get(columns.predictedIds[at] ?? 0) ?? null;
  return {
    status: statuses[columns.status[at] ?? 0] ?? 'ok',
    isExcluded: columns.isExcluded[at] === 1,
    isTest: columns.isTest[at] === 1,
    label,
    predicted,
    confidence: columns.confidence[at] ?? NaN,
    isDisagreeing: label !== null && predicted !== null && label.id !== predicted.id,
  };
}

/** The last part of a path. */
export function fileName(relativePath: string): string {
  return relativePath.slice(relativePath.lastIndexOf('/') + 1);
}

/** One or two letters that stand for a class where its name does not fit. */
export function initials(name: string): string {
  const words = name.split(/[\s_\-/.]+/).filter((word) => word !== '');
  const letters = words.length > 1 ? words.slice(0, 2).map((word) => Array.from(word)[0] ?? '') : Array.from(words[0] ?? '').slice(0, 2);
  return letters.join('');
}

/** Everything a cell shows, in words. */
export function describeCell(facts: CellFacts, name: string): string {
  const { status, isExcluded, isTest, label, predicted, confidence } = facts;
  return [
    name,
    status === 'ok' ? null : t[status],
    label === null ? t.unlabelled : label.name,
    predicted === null ? null : t.predicted(predicted.name, formatPercent(confidence, 0)),
    isTest ? t.test : null,
    isExcluded ? t.excluded : null,
  ]
    .filter((part) => part !== null)
    .join(', ');
}
