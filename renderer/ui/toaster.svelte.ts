/** A short message at the edge of the window. */
export interface Toast {
  readonly id: number;
  readonly message: string;
  readonly tone: 'neutral' | 'success' | 'warning' | 'danger';
  /** What it is about; one message at a time is. */
  readonly topic: string;
  /** One thing to do about it, such as Undo. */
  readonly action?: { readonly label: string; readonly keys?: string; readonly onselect: () => void };
}

export interface ToastOptions extends Omit<Toast, 'id' | 'message' | 'tone' | 'topic'> {
  tone?: Toast['tone'];
  /** Takes the place of an earlier message about the same: what "Undo" takes back is always the last change. */
  topic?: string;
  /** How long it stays; null: until dismissed. Errors stay by default, the others 5 s (8 s with an action). */
  durationMs?: number | null;
}

const maxShown = 4;

/** The messages shown now, the newest last. One per window, handed down; `Toasts` draws it. */
export class Toaster {
  #toasts = $state.raw<readonly Toast[]>([]);
  #nextId = 1;
  /** Nothing is drawn from these. */

  #timers = new Map<number, { left: number; since: number; timer: ReturnType<typeof setTimeout> | null }>();

  get toasts(): readonly Toast[] {
    return this.#toasts;
  }

  /** Shows a message and returns its id. The same message is never there twice. */
  show(message: string, { tone = 'neutral', topic = message, action, durationMs }: ToastOptions = {}): number {
    const id = this.#nextId++;
    for (const earlier of this.#toasts) if (earlier.topic === topic) this.dismiss(earlier.id);
    const staying = [...this.#toasts, { id, message, tone, topic, action }];
    for (const dropped of staying.slice(0, -maxShown)) this.#forget(dropped.id);
    this.#toasts = staying.slice(-maxShown);
    const left = durationMs === undefined ? (tone === 'danger' ? null : action ? 8000 : 5000) : durationMs;
    if (left !== null) {
      this.#timers.set(id, { left, since: 0, timer: null });
      this.#start(id);
    }
    return id;
  }

  dismiss(id: number): void {
    this.#forget(id);
    this.#toasts = this.#toasts.filter((toast) => toast.id !== id);
  }

  /** While a person reads or reaches for one, none goes away. */
  pause(): void {
    for (const clock of this.#timers.values()) {
      if (clock.timer === null) continue;
      clearTimeout(clock.timer);
      clock.timer = null;
      clock.left -= performance.now() - clock.since;
    }
  }

  resume(): void {
    for (const id of this.#timers.keys()) this.#start(id);
  }

  #start(id: number): void {
    const clock = this.#timers.get(id);
    if (clock === undefined || clock.timer !== null) return;
    clock.since = performance.now();
    clock.timer = setTimeout(() => this.dismiss(id), Math.max(1000, clock.left));
  }

  #forget(id: number): void {
    const timer = this.#timers.get(id)?.timer;
    if (timer) clearTimeout(timer);
    this.#timers.delete(id);
  }
}
