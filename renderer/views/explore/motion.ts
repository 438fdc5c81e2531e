/** A camera on its way. Time comes from outside, ms. */
import { between } from './camera.ts';
import type { Camera } from './camera.ts';

/** Fast at first, gently at last. */
export function eased(share: number): number {
  return 1 - (1 - share) ** 3;
}

export class CameraMotion {
  #from: Camera;
  #to: Camera;
  #startedAt = 0;
  #durationMs = 0;

  constructor(camera: Camera) {
    this.#from = camera;
    this.#to = camera;
  }

  /** Where it will come to rest. */
  get target(): Camera {
    return this.#to;
  }

  jump(camera: Camera): void {
    this.#from = camera;
    this.#to = camera;
    this.#durationMs = 0;
  }

  fly(camera: Camera, now: number, durationMs: number): void {
    this.#from = this.at(now);
    this.#to = camera;
    this.#startedAt = now;
    this.#durationMs = durationMs;
  }

  isMoving(now: number): boolean {
    return this.#durationMs > 0 && now < this.#startedAt + this.#durationMs;
  }

  at(now: number): Camera {
    if (!this.isMoving(now)) return this.#to;
    return between(this.#from, this.#to, eased(Math.max(0, (now - this.#startedAt) / this.#durationMs)));
  }
}
