/** The image being looked at: which one, how it lies on the stage, its stored values and their contrast. */
import type { ImageSamples, ImageView } from '../../../../electron/contract/domain.ts';
import type { App } from '../../../state/app.svelte.ts';
import { failureMessage } from '../../../state/failures.ts';
import { stepFrom } from '../grid-cursor.ts';
import type { ImageList } from '../image-list.svelte.ts';
import { clamp, fit, pan, pixelAt, zoomAt } from './camera.ts';
import type { Camera, Size } from './camera.ts';
import { autoStretch, histogramOf, identityStretch } from './stretch.ts';
import type { Stretch } from './stretch.ts';

interface Point {
  readonly x: number;
  readonly y: number;
}

export class Viewer {
  readonly #app: App;
  readonly #list: ImageList;
  id = $state(0);
  #position = 0;
  stage = $state.raw<Size>({ width: 0, height: 0 });
  /** The picture that is there at once, and the stored values that follow. */
  picture = $state.raw<HTMLImageElement | null>(null);
  samples = $state.raw<ImageSamples | null>(null);
  isLoading = $state(false);
  problem = $state<string | null>(null);
  camera = $state.raw<Camera>({ scale: 1, x: 0, y: 0 });
  /** Whether the whole image is shown, however the window changes. */
  isFitted = $state(true);
  pointer = $state.raw<Point | null>(null);
  /** 'auto' where the contrast follows each image, 'stored' where it is left alone, 'own' once a person has moved it. */
  contrast = $state<'auto' | 'stored' | 'own'>('auto');
  #own = $state.raw<Stretch | null>(null);

  constructor(app: App, list: ImageList, startId: number) {
    this.#app = app;
    this.#list = list;
    this.id = startId;
    this.#position = Math.max(0, list.indexOf(startId));
  }

  readonly row = $derived.by((): ImageView | undefined => this.#app.rows.get(this.id));

  /** Size of the image in its own pixels. */
  readonly size = $derived.by((): Size => {
    const { samples, picture, row } = this;
    if (samples !== null) return { width: samples.fullWidth, height: samples.fullHeight };
    if (picture !== null && picture.naturalWidth > 0) {
      // The picture has been turned upright; what the file says may not have been.
      const longest = Math.max(row?.width ?? 0, row?.height ?? 0, picture.naturalWidth, picture.naturalHeight);
      const ratio = longest / Math.max(picture.naturalWidth, picture.naturalHeight);
      return { width: Math.round(picture.naturalWidth * ratio), height: Math.round(picture.naturalHeight * ratio) };
    }
    return { width: row?.width ?? 1, height: row?.height ?? 1 };
  });

  readonly histogram = $derived(this.samples === null ? null : histogramOf(this.samples));
  /** Grey or deep images cannot be shown as they are. */
  readonly needsStretch = $derived(this.samples !== null && (this.samples.channels === 1 || this.samples.bitsPerSample === 16));

  /** The contrast in force; null where the picture is shown as it is. */
  readonly stretch = $derived.by((): Stretch | null => {
    const { samples, histogram } = this;
    if (samples === null || histogram === null) return null;
    if (this.contrast === 'own' && this.#own !== null) return this.#own;
    if (this.contrast === 'auto' && samples.bitsPerSample === 16) return autoStretch(histogram);
    return this.contrast === 'auto' && samples.channels === 3 ? null : identityStretch(samples.bitsPerSample);
  });

  readonly shownCamera = $derived(this.isFitted ? fit(this.size, this.stage) : clamp(this.camera, this.size, this.stage));

  readonly pixel = $derived(this.pointer === null ? null : pixelAt(this.shownCamera, this.pointer, this.size));

  get position(): number {
    const at = this.#list.indexOf(this.id);
    return at < 0 ? this.#position : at;
  }

  /** Loads picture and values of the image; ends with the signal. */
  async load(signal: AbortSignal): Promise<void> {
    const { id } = this;
    const isOver = (): boolean => signal.aborted;
    this.picture = null;
    this.samples = null;
    this.problem = null;
    this.pointer = null;
    this.isFitted = true;
    this.isLoading = true;
    const picture = new Image();
    picture.src = this.#app.imageUrl(id, 'view');
    signal.addEventListener('abort', () => picture.complete || picture.removeAttribute('src'));
    void picture.decode().then(
      () => {
        if (!isOver()) this.picture = picture;
      },
      // The stored values say what is wrong.
      () => undefined,
    );
    // Leafing through quickly, only the image one stays at is read in full.
    await new Promise((resolve) => setTimeout(resolve, 120));
    if (isOver()) return;
    try {
      const samples = await this.#app.call('images.samples', { id });
      if (!isOver()) this.#take(samples);
    } catch (error) {
      if (!isOver()) this.#fail(error);
    } finally {
      if (!isOver()) this.isLoading = false;
    }
  }

  /** What cannot be read in full may still be seen. */
  #fail(error: unknown): void {
    if (this.picture === null) this.problem = failureMessage(error);
  }

  #take(samples: ImageSamples): void {
    const isOtherDepth = this.#own !== null && this.#own.high > (samples.bitsPerSample === 16 ? 65_535 : 255);
    if (isOtherDepth) this.contrast = 'auto';
    this.samples = samples;
  }

  /** Addresses of the pictures before and after, to have them ready. */
  neighbours(): string[] {
    return [this.position - 1, this.position + 1]
      .map((index) => this.#list.idAt(index))
      .filter((id) => id !== null)
      .map((id) => this.#app.imageUrl(id, 'view'));
  }

  go(step: 1 | -1): void {
    const at = this.#list.indexOf(this.id);
    const next = stepFrom(at < 0 ? this.#position : at, at >= 0, step, this.#list.count);
    const id = this.#list.idAt(next);
    if (id === null) return;
    this.#position = next;
    this.id = id;
  }

  zoom(factor: number, at: Point = { x: this.stage.width / 2, y: this.stage.height / 2 }): void {
    this.camera = zoomAt(this.shownCamera, factor, at, this.size, this.stage);
    this.isFitted = false;
  }

  /** Between the whole image and its own pixels. */
  toggleZoom(at: Point): void {
    if (this.isFitted) this.zoom((this.shownCamera.scale < 1 ? 1 : 4 * this.shownCamera.scale) / this.shownCamera.scale, at);
    else this.isFitted = true;
  }

  pan(dx: number, dy: number): void {
    this.camera = pan(this.shownCamera, dx, dy, this.size, this.stage);
    this.isFitted = false;
  }

  setStretch(change: Partial<Stretch>): void {
    const { samples } = this;
    if (samples === null) return;
    const next = { ...(this.stretch ?? identityStretch(samples.bitsPerSample)), ...change };
    // The point being moved pushes the other before it.
    if (change.low !== undefined) this.#own = { ...next, high: Math.max(next.high, next.low + 1) };
    else this.#own = { ...next, low: Math.min(next.low, next.high - 1) };
    this.contrast = 'own';
  }

  autoContrast(): void {
    if (this.histogram === null) return;
    this.#own = autoStretch(this.histogram);
    this.contrast = 'own';
  }

  storedContrast(): void {
    this.contrast = 'stored';
  }

  /** Between the stored contrast and the stretched one. */
  toggleContrast(): void {
    const isStretched =
      this.stretch !== null && this.contrast !== 'stored' && !(this.contrast === 'auto' && this.samples?.bitsPerSample === 8);
    if (isStretched) this.storedContrast();
    else this.autoContrast();
  }
}
