/** How to train: chosen in Train, and what training again from Check means, too. */
import type { App } from '../../state/app.svelte.ts';

export class TrainOptions {
  /** Average predictions with those of the mirror image. */
  flip = $state(false);
  /** Train all layers. */
  finetune = $state(false);

  async start(app: App): Promise<void> {
    const started = await app.attempt('train.start', { finetune: this.finetune, flip: this.flip, seed: 0 });
    if (started !== undefined) app.jobs.take(started);
  }
}

const options = new WeakMap<App, TrainOptions>();

/** The app's options: they outlive the view. */
export function trainOptionsOf(app: App): TrainOptions {
  const known = options.get(app) ?? new TrainOptions();
  options.set(app, known);
  return known;
}
