/** Picking images out of a check. */
import type { CheckView, ImageColumns } from '../../../electron/contract/domain.ts';
import { positionOf } from '../../state/columns.ts';

/** One image measured on. */
export interface Case {
  readonly imageId: number;
  /** Positions in the check's classes. */
  readonly truth: number;
  readonly predicted: number;
  readonly confidence: number;
}

function caseAt({ cases }: CheckView, i: number): Case {
  return {
    imageId: cases.imageIds[i] ?? 0,
    truth: cases.truth[i] ?? 0,
    predicted: cases.predicted[i] ?? 0,
    confidence: cases.confidence[i] ?? NaN,
  };
}

function select(check: CheckView, fits: (truth: number, predicted: number) => boolean): Case[] {
  const found: Case[] = [];
  check.cases.imageIds.forEach((_, i) => {
    if (fits(check.cases.truth[i] ?? 0, check.cases.predicted[i] ?? 0)) found.push(caseAt(check, i));
  });
  return found.sort((a, b) => b.confidence - a.confidence);
}

/** The images of one cell of the confusion matrix, the surest first. */
export function casesOfCell(check: CheckView, truth: number, predicted: number): Case[] {
  return select(check, (t, p) => t === truth && p === predicted);
}

/** Images whose label and prediction differ, the surest first. */
export function surestMistakes(check: CheckView, count: number): Case[] {
  return select(check, (t, p) => t !== p).slice(0, count);
}

/** How many of the images measured on have another label by now, or none. */
export function numRelabelled(check: CheckView, columns: ImageColumns | null): number {
  if (columns === null) return 0;
  let count = 0;
  check.cases.imageIds.forEach((id, i) => {
    const at = positionOf(columns.ids, id);
    if (at >= 0 && columns.classIds[at] !== check.classes[check.cases.truth[i] ?? -1]?.id) count += 1;
  });
  return count;
}

/** The strength of a cell's colour, 0 to 1: its share of the row, so that rare classes show as clearly as common ones. */
export function cellStrength(row: readonly number[], column: number): number {
  const total = row.reduce((sum, count) => sum + count, 0);
  return total === 0 ? 0 : (row[column] ?? 0) / total;
}
