/** Which images are unlike all others, by the newest map. */
import type { Host } from '../host.ts';
import { newestMap, readOutliers } from '../mapping/maps.ts';
import { baseColumns, rowsOf } from './image-catalog.ts';

/** 1 for images unlike all others; all 0 without a map. */
export function outlierColumn(host: Host): Uint8Array {
  return host.memo('maps.outlierColumn', ['maps', 'models', 'images', 'sources'], () => {
    const { ids } = baseColumns(host);
    const column = new Uint8Array(ids.length);
    const map = newestMap(host.workspace());
    const found = map === null ? null : readOutliers(host.workspace(), map);
    if (found === null) return column;
    rowsOf(ids, found.imageIds).forEach((row, i) => {
      if (row >= 0 && (found.scores[i] as number) > found.threshold) column[row] = 1;
    });
    return column;
  });
}
