/** How to train: chosen in Train, and what training again from Check means, too. */
import type { App } from '../../state/app.svelte.ts';

export class TrainOptions {
  /** Average predictions with those of the mirror image. */
  flip = $state(false);
  /** Expect classes as often as they come among the images kept apart. */
  priors = $state(false);
  /** Train all layers. */
  finetune = $state(false);
  /** While fine-tuning, learn from all images, too: by which method, and what its loss counts beside that of the labels. */
  isAlongside = $state(false);
  alongsideMethod = $state('byol');
  alongsideWeight = $state(0.5);

  async start(app: App): Promise<void> {
    const { finetune, flip, priors, isAlongside, alongsideMethod: method, alongsideWeight: weight } = this;
    const alongside = finetune && isAlongside ? { method, weight } : null;
    const started = await app.attempt('train.start', { finetune, flip, priors, seed: 0, alongside });
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
