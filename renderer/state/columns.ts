/** Reading and mending the project's image columns. Ids are ascending. */
import type { ImageColumns } from '../../electron/contract/domain.ts';

/** Position of an image in the columns, or -1. */
export function positionOf(ids: Int32Array, id: number): number {
  let low = 0;
  let high = ids.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = ids[middle] ?? 0;
    if (found === id) return middle;
    if (found < id) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** The columns with these images' classes replaced; the old ones stay as they were. */
export function withClasses(columns: ImageColumns, imageIds: Int32Array, classIds: Int32Array): ImageColumns {
  const changed = columns.classIds.slice();
  imageIds.forEach((id, i) => {
    const at = positionOf(columns.ids, id);
    if (at >= 0) changed[at] = classIds[i] ?? 0;
  });
  return { ...columns, classIds: changed };
}

/** Whether an image is kept apart for testing and has no label: it gets one only when shown by itself, never with many others at once. */
export function isForTestAlone({ ids, isTest, classIds }: Pick<ImageColumns, 'ids' | 'isTest' | 'classIds'>, id: number): boolean {
  const at = positionOf(ids, id);
  return isTest[at] === 1 && classIds[at] === 0;
}
