/** Near-duplicate images, and which of them not to ask a person about. */
import { AppError } from '../contract/errors.ts';
import type { Neighbours } from './neighbours.ts';

/** cleanlab's default: nearer than this share of the median distance to the nearest neighbour counts as a near-duplicate. */
const NEAR_SHARE = 0.13;

export interface DuplicateOptions {
  /** Share of the median nearest-neighbour distance; .13 unless told. */
  readonly nearShare?: number;
  /** [N], a hash of each image's content where it is known: equal hashes are duplicates whatever the features say. */
  readonly hashes?: readonly (string | null)[];
}

export interface DuplicateGroups {
  /** Distance below which two images count as near-duplicates. */
  readonly threshold: number;
  /** Groups of two or more images, each by rising index, in order of their first image. */
  readonly groups: readonly Int32Array[];
}

/**
 * Groups images that are linked, directly or through others, by a distance below `nearShare` times the median nearest-neighbour
 * distance, by a distance of zero, or by equal hashes. Links run along the neighbour lists, so a chain of slowly changing frames
 * becomes one group.
 *
 * Throws `AppError` `invalid-input` if `hashes` is not one per image.
 */
export function groupDuplicates(neighbours: Neighbours, { nearShare = NEAR_SHARE, hashes }: DuplicateOptions = {}): DuplicateGroups {
  const { numImages, numNeighbours, indices, distances } = neighbours;
  if (hashes !== undefined && hashes.length !== numImages) {
    throw new AppError(
      'invalid-input',
      `There are ${hashes.length} hashes for ${numImages} images. Give one for each, null where unknown.`,
    );
  }
  const threshold = numNeighbours === 0 ? 0 : nearShare * medianNearest(neighbours);
  const sets = createSets(numImages);
  for (let at = 0; at < distances.length; at++) {
    const distance = distances[at] as number;
    if (distance < threshold || distance === 0) sets.join(Math.floor(at / numNeighbours), indices[at] as number);
  }
  const firstWithHash = new Map<string, number>();
  hashes?.forEach((hash, image) => {
    if (hash === null) return;
    const first = firstWithHash.get(hash);
    if (first === undefined) firstWithHash.set(hash, image);
    else sets.join(first, image);
  });
  return { threshold, groups: sets.groups() };
}

/**
 * The images to leave out of queries so that no picture is asked for twice: of each group all but one, and all of it where one is in
 * `labelled`. By rising index; labelled images are not listed.
 */
export function redundantCopies(groups: readonly Int32Array[], labelled: Int32Array): Int32Array {
  const isLabelled = new Set(labelled);
  const redundant = groups.flatMap((group) => {
    const unlabelled = Array.from(group).filter((image) => !isLabelled.has(image));
    return unlabelled.length < group.length ? unlabelled : unlabelled.slice(1);
  });
  return Int32Array.from(redundant).sort();
}

function medianNearest({ numImages, numNeighbours, distances }: Neighbours): number {
  const nearest = Float32Array.from({ length: numImages }, (_, i) => distances[i * numNeighbours] as number).sort();
  const middle = numImages >> 1;
  const upper = nearest[middle] as number;
  return numImages % 2 === 1 ? upper : (upper + (nearest[middle - 1] as number)) / 2;
}

/** Disjoint sets; the root of a set is its lowest member. */
function createSets(size: number) {
  const parent = Int32Array.from({ length: size }, (_, i) => i);
  const rootOf = (member: number): number => {
    let root = member;
    while (parent[root] !== root) {
      const above = parent[root] as number;
      parent[root] = parent[above] as number;
      root = above;
    }
    return root;
  };
  return {
    join(a: number, b: number): void {
      const rootA = rootOf(a);
      const rootB = rootOf(b);
      parent[Math.max(rootA, rootB)] = Math.min(rootA, rootB);
    },
    groups(): Int32Array[] {
      const members = new Map<number, number[]>();
      for (let i = 0; i < size; i++) {
        const root = rootOf(i);
        const set = members.get(root);
        if (set === undefined) members.set(root, [i]);
        else set.push(i);
      }
      return [...members.values()].filter((set) => set.length > 1).map((set) => Int32Array.from(set));
    },
  };
}
