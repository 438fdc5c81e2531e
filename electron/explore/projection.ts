/** A map of images: positions in the plane in which neighbours by their features lie near each other. */
import { setImmediate } from 'node:timers/promises';
import { AppError } from '../contract/errors.ts';
import type { RunContext } from '../contract/progress.ts';
import { createRandom } from '../tensor/random.ts';
import type { Random } from '../tensor/random.ts';
import { createGraph } from './neighbour-graph.ts';
import type { NeighbourGraph } from './neighbour-graph.ts';
import type { Neighbours } from './neighbours.ts';
import { alignPositions, normalisePositions } from './plane.ts';

export interface ProjectionOptions {
  readonly seed: number;
  /** [N, 2], where images were on an earlier map; NaN for new ones. The layout starts there and is turned to match it in the end. */
  readonly init?: Float32Array;
  /** Rounds over the edges; fewer for more images unless told. */
  readonly numRounds?: number;
}

/** Neighbours that pull; more would blur small groups. */
export const numPulling = 15;
/** Random images pushed away for each one pulled. */
const numPushed = 5;
/** With 1 / (1 + closeness d^2), images of one group spread over about a unit. */
const closeness = 1.5;
const maxStep = 4;
/** Half the side of the square that the layout starts in. */
const startRadius = 10;
const startNoise = 1e-3;
/** A layout that starts from an earlier one moves gently, so that people recognise it. */
const [freshRate, gentleRate] = [1, 0.2];
/** Small layouts need more rounds and hardly any time for them. */
const roundsFor = (numImages: number): number => (numImages <= 10_000 ? 500 : 200);

/**
 * Lays `neighbours` out in the plane: edges of their fuzzy graph, drawn on in proportion to their weights, pull images together, random others
 * push them apart (UMAP's stochastic optimisation, with the kernel of LargeVis). Time grows with images times rounds.
 *
 * `start` [N, 2] is where images without a position in `init` begin, their first principal coordinates for instance. Returns [N, 2] within
 * -1 to 1. The same arguments give the same result. Throws `AppError` `invalid-input` for a wrong shape; the signal's reason when cancelled.
 */
export async function projectNeighbours(
  neighbours: Neighbours,
  start: Float32Array,
  { seed, init, numRounds }: ProjectionOptions,
  ctx: RunContext,
): Promise<Float32Array> {
  const { numImages } = neighbours;
  for (const given of [start, init]) {
    if (given === undefined || given.length === numImages * 2) continue;
    throw new AppError('invalid-input', `${given.length} numbers are no positions of ${numImages} images. Give two for each.`);
  }
  const random = createRandom(seed);
  const positions = startingPositions(neighbours, start, init, random);
  if (numImages > 1) {
    const graph = createGraph(neighbours, numPulling);
    const rate = init === undefined ? freshRate : gentleRate;
    await optimise(graph, positions, { numRounds: numRounds ?? roundsFor(numImages), rate, random }, ctx);
  }
  if (init !== undefined) alignPositions(positions, init);
  return normalisePositions(positions);
}

/** Earlier positions where there are any, else those of neighbours that have one, else `start`; with a little noise, so that copies part. */
function startingPositions(
  { numImages, numNeighbours, indices }: Neighbours,
  start: Float32Array,
  init: Float32Array | undefined,
  random: Random,
): Float32Array {
  const positions = scaled(start, startRadius);
  if (init !== undefined) {
    const earlier = scaled(init, startRadius);
    for (let i = 0; i < numImages; i++) {
      let [x, y, count] = [earlier[i * 2] as number, earlier[i * 2 + 1] as number, 1];
      if (Number.isNaN(x)) {
        [x, y, count] = [0, 0, 0];
        for (let n = i * numNeighbours; n < (i + 1) * numNeighbours; n++) {
          const j = indices[n] as number;
          if (Number.isNaN(earlier[j * 2])) continue;
          x += earlier[j * 2] as number;
          y += earlier[j * 2 + 1] as number;
          count++;
        }
      }
      if (count === 0) continue;
      positions[i * 2] = x / count;
      positions[i * 2 + 1] = y / count;
    }
  }
  for (let at = 0; at < positions.length; at++) positions[at] = (positions[at] as number) + startNoise * startRadius * random.normal();
  return positions;
}

/** Brought to `radius`; what is not a number stays so. */
function scaled(positions: Float32Array, radius: number): Float32Array {
  let largest = 0;
  for (const value of positions) if (Math.abs(value) > largest) largest = Math.abs(value);
  const factor = largest > 0 ? radius / largest : 0;
  return positions.map((value) => value * factor);
}

interface Optimisation {
  readonly numRounds: number;
  readonly rate: number;
  readonly random: Random;
}

/** Edges worked on before other events may run. */
const edgesPerTurn = 50_000;

/** Moves `positions` in place. */
async function optimise(
  graph: NeighbourGraph,
  positions: Float32Array,
  { numRounds, rate, random }: Optimisation,
  ctx: RunContext,
): Promise<void> {
  const { numImages, from, to, weights } = graph;
  const largest = weights.reduce((most, weight) => Math.max(most, weight), 0);
  if (largest === 0) return;
  // Each edge is due again after a number of rounds that is the smaller the heavier it is.
  const every = Float32Array.from(weights, (weight) => (weight > 0 ? largest / weight : Infinity));
  const due = every.slice();
  let sinceTurn = 0;
  for (let round = 1; round <= numRounds; round++) {
    const step = rate * (1 - (round - 1) / numRounds);
    for (let edge = 0; edge < from.length; edge++) {
      if ((due[edge] as number) > round) continue;
      due[edge] = (due[edge] as number) + (every[edge] as number);
      // Pushing on both ends treats both alike, as if the edge were in the list in both directions.
      const [i, j] = [from[edge] as number, to[edge] as number];
      pull(positions, i * 2, j * 2, step);
      for (let n = 0; n < numPushed; n++) push(positions, i * 2, random.int(numImages) * 2, step);
      for (let n = 0; n < numPushed; n++) push(positions, j * 2, random.int(numImages) * 2, step);
      sinceTurn++;
    }
    if (sinceTurn >= edgesPerTurn || round === numRounds) {
      sinceTurn = 0;
      await setImmediate();
      ctx.signal.throwIfAborted();
      ctx.onProgress({ phase: 'Drawing the map', done: round, total: numRounds });
    }
  }
}

const bounded = (value: number): number => (value > maxStep ? maxStep : value < -maxStep ? -maxStep : value);

function pull(positions: Float32Array, i: number, j: number, step: number): void {
  const dx = (positions[i] as number) - (positions[j] as number);
  const dy = (positions[i + 1] as number) - (positions[j + 1] as number);
  const squared = dx * dx + dy * dy;
  const force = (-2 * closeness) / (1 + closeness * squared);
  const [mx, my] = [step * bounded(force * dx), step * bounded(force * dy)];
  positions[i] = (positions[i] as number) + mx;
  positions[i + 1] = (positions[i + 1] as number) + my;
  positions[j] = (positions[j] as number) - mx;
  positions[j + 1] = (positions[j + 1] as number) - my;
}

/** Only `i` moves; the other's turn comes by itself. */
function push(positions: Float32Array, i: number, other: number, step: number): void {
  if (i === other) return;
  const dx = (positions[i] as number) - (positions[other] as number);
  const dy = (positions[i + 1] as number) - (positions[other + 1] as number);
  const squared = dx * dx + dy * dy;
  const force = 2 / ((0.001 + squared) * (1 + closeness * squared));
  positions[i] = (positions[i] as number) + step * bounded(force * dx);
  positions[i + 1] = (positions[i + 1] as number) + step * bounded(force * dy);
}
