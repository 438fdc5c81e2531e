/** Which images are near-copies of each other, by the newest map. */
import type { Host } from '../host.ts';
import { newestMap, readDuplicates } from '../mapping/maps.ts';

/** Groups of image ids. */
export function copyGroups(host: Host): readonly (readonly number[])[] {
  return host.memo('maps.copies', ['maps', 'models', 'sources'], () => {
    const map = newestMap(host.workspace());
    return map === null ? [] : readDuplicates(host.workspace(), map);
  });
}

/** The group an image belongs to, by image id; images without copies are in none. */
export function groupOfCopy(host: Host): ReadonlyMap<number, number> {
  return host.memo('maps.groupOfCopy', ['maps', 'models', 'sources'], () => {
    return new Map(copyGroups(host).flatMap((group, index) => group.map((id) => [id, index] as const)));
  });
}
