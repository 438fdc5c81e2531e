/**
 * How many of the points are drawn while the map moves. Where frames come too late, as without a graphics processor, every fourth or sixteenth
 * point keeps the map under the pointer; at rest all are drawn.
 */

/** Longer than this after the frame before, one was missed at 60 a second. */
const slowMs = 25;
const slowInARow = 2;
const coarsest = 16;
const firstPatience = 300;

export class DrawingPace {
  #stride = 1;
  #numSlow = 0;
  #numFast = 0;
  /** Frames in time before more points are tried; longer each time that was too much. */
  #patience = firstPatience;

  /** One of so many points is drawn in motion. */
  get stride(): number {
    return this.#stride;
  }

  /** A frame of a motion came `waitedMs` after the one before. */
  note(waitedMs: number): void {
    if (waitedMs <= slowMs) {
      this.#numSlow = 0;
      this.#numFast += 1;
      if (this.#stride === 1 || this.#numFast < this.#patience) return;
      this.#stride /= 4;
      this.#patience *= 2;
    } else {
      this.#numSlow += 1;
      if (this.#numSlow < slowInARow || this.#stride === coarsest) return;
      this.#stride *= 4;
    }
    this.#numSlow = 0;
    this.#numFast = 0;
  }
}
