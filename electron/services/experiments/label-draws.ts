/** Which images are labelled in each of several simulated users' projects, the same for every cell so that cells can be compared in pairs. */
import { createRandom } from '../../tensor/random.ts';

/** `count` of `numImages`, for draw `draw`: a longer draw contains a shorter one. */
export function labelDraw(numImages: number, count: number, draw: number): Int32Array {
  return createRandom(1_000 + draw)
    .permutation(numImages)
    .slice(0, count);
}

/** Every image that some draw of up to `count` labels needs, ascending. */
export function drawnImages(numImages: number, count: number, numDraws: number): Int32Array {
  const drawn = new Set(Array.from({ length: numDraws }, (_, draw) => [...labelDraw(numImages, count, draw)]).flat());
  return Int32Array.from(drawn).sort();
}
