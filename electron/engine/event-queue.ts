/**
 * Events wait until the answer that is being given is on its way: whoever pressed a key has it before anybody is told. What they were told in
 * keeps its order.
 */
import type { Emit } from '../contract/events.ts';

export class EventQueue {
  readonly #tell: Emit;
  #waiting: (() => void)[] = [];

  constructor(tell: Emit) {
    this.#tell = tell;
  }

  /** Tells it once the work at hand is done. */
  readonly emit: Emit = (name, payload) => {
    if (this.#waiting.length === 0) setImmediate(() => this.flush());
    this.#waiting.push(() => this.#tell(name, payload));
  };

  /** Tells what waits at once: before something is told in another way that must not be overtaken, and at the end. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const tell of waiting) tell();
  }
}
