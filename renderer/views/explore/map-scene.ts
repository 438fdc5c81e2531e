/** The map as it lives on a canvas: camera, points on their way from one map to another, pictures. Draws only when something has changed. */
import type { MapView } from '../../../electron/contract/domain.ts';
import { CanvasRenderer } from '../../lib/webgl/canvas-renderer.ts';
import type { PointRenderer, Rgb } from '../../lib/webgl/frame.ts';
import { WebGlRenderer } from '../../lib/webgl/webgl-renderer.ts';
import { rgbOf } from '../../ui/palette.ts';
import { boundsOf, fitted, panned, robustBounds, toMap, toScreen, visibleBounds, zoomedAt } from './camera.ts';
import type { Bounds, Camera, Point, Size } from './camera.ts';
import { pointFlags } from './colouring.ts';
import { dotStyle, pictureShare, pictureSize } from './dot-style.ts';
import { DrawingPace } from './drawing-pace.ts';
import { MapPictures } from './map-pictures.ts';
import { interleaved, originsIn } from './map-points.ts';
import { CameraMotion } from './motion.ts';
import { SpatialIndex } from './spatial-index.ts';

const morphMs = 700;
const flyMs = 380;
const stepMs = 130;
/** After this long without a movement all points are drawn again. */
const restMs = 160;
const fitPaddingPx = 64;
/** Width of what controls and legend hide at the left. */
const coveredPx = 200;
/** Of the map, for what is shown to lie beside them. */
const leastWidthBesidePx = 560;

interface SceneOptions {
  readonly canvas: HTMLCanvasElement;
  readonly urlOf: (imageId: number) => string;
  /** After each drawing, for what is laid over the map. */
  readonly onDraw: () => void;
  readonly isMotionReduced: () => boolean;
  /** What is in view first; null: all of it. */
  readonly camera: Camera | null;
}

interface Coat {
  readonly categories: Uint16Array;
  readonly palette: readonly string[];
}

export class MapScene {
  readonly #options: SceneOptions;
  readonly #motion: CameraMotion;
  readonly #pictures: MapPictures;
  #renderer: PointRenderer | null;
  #map: MapView | null = null;
  #index = new SpatialIndex(new Float32Array(), new Float32Array());
  #bounds: Bounds | null = null;
  #density = 0;
  #from: Float32Array = new Float32Array();
  #to: Float32Array = new Float32Array();
  #coat: Coat = { categories: new Uint16Array(), palette: [] };
  #rgb: readonly Rgb[] = [];
  #flags: Uint8Array = new Uint8Array();
  #isAnySelected = false;
  #morphStartedAt: number | null = null;
  #colors: { background: Rgb; ring: Rgb } = { background: [1, 1, 1], ring: [0, 0, 0] };
  #size: Size = { width: 1, height: 1 };
  #pixelRatio = 1;
  #frame = 0;
  readonly #pace = new DrawingPace();
  /** Of the frames that are timed while the map moves. */
  #watch = 0;
  #movedAt = -Infinity;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #isFitted: boolean;
  showsPictures = true;

  constructor(options: SceneOptions) {
    const { urlOf, isMotionReduced, camera } = options;
    this.#options = options;
    this.#isFitted = camera === null;
    this.#motion = new CameraMotion(camera ?? { x: 0, y: 0, scale: 300 });
    this.#pictures = new MapPictures({ urlOf, isMotionReduced, onLoad: () => this.draw() });
    this.#renderer = this.#createRenderer();
  }

  /** 'webgl', 'canvas' where there is no WebGL2, or null where nothing can be drawn. */
  get kind(): 'webgl' | 'canvas' | null {
    if (this.#renderer === null) return null;
    return this.#renderer instanceof WebGlRenderer ? 'webgl' : 'canvas';
  }

  /** Whether all of it is in view, and stays so. */
  get isFitted(): boolean {
    return this.#isFitted;
  }

  get camera(): Camera {
    return this.#motion.at(performance.now());
  }

  #createRenderer(): PointRenderer | null {
    const { canvas } = this.#options;
    let renderer: PointRenderer | null = WebGlRenderer.create(canvas);
    if (renderer === null) {
      const context = canvas.getContext('2d');
      renderer = context === null ? null : new CanvasRenderer(context);
    }
    this.#pictures.attach(renderer);
    return renderer;
  }

  /** After the context came back: everything is sent again. */
  restore(): void {
    this.#renderer = this.#createRenderer();
    this.#renderer?.setPositions(this.#from, this.#to);
    this.#sendCoat();
    this.#renderer?.setFlags(this.#flags);
    this.draw();
  }

  /** Shows a map. Points that the present one has too go from there to here. */
  setMap(map: MapView): void {
    const before = this.#map;
    const isSame = before !== null && before.modelId === map.modelId && before.px === map.px;
    this.#to = interleaved(map);
    this.#from = before === null || isSame ? this.#to : originsIn(before, map);
    this.#morphStartedAt = before === null || isSame || this.#options.isMotionReduced() ? null : performance.now();
    this.#map = map;
    this.#index = new SpatialIndex(map.x, map.y);
    this.#bounds = robustBounds(map.x, map.y);
    this.#density = this.#index.typicalDensity();
    this.#flags = new Uint8Array(map.ids.length);
    this.#pictures.forget();
    this.#renderer?.setPositions(this.#from, this.#to);
    if (this.#isFitted && !isSame) this.fit(before !== null);
    this.draw();
  }

  setColouring(categories: Uint16Array, palette: readonly string[]): void {
    this.#coat = { categories, palette };
    this.#sendCoat();
    this.draw();
  }

  #sendCoat(): void {
    const { categories, palette } = this.#coat;
    this.#rgb = palette.map((color) => rgbOf(color));
    const bytes = Uint8Array.from(this.#rgb.flatMap((rgb) => [...rgb.map((channel) => Math.round(255 * channel)), 255]));
    this.#renderer?.setCategories(categories, bytes);
  }

  setFlags(flags: Uint8Array): void {
    this.#flags = flags;
    this.#isAnySelected = flags.some((flag) => (flag & pointFlags.selected) !== 0);
    this.#renderer?.setFlags(flags);
    this.draw();
  }

  setColors(colors: { background: Rgb; ring: Rgb }): void {
    this.#colors = colors;
    this.draw();
  }

  resize(size: Size, pixelRatio: number): void {
    const { canvas } = this.#options;
    this.#size = { width: Math.max(1, size.width), height: Math.max(1, size.height) };
    this.#pixelRatio = pixelRatio;
    canvas.width = Math.round(this.#size.width * pixelRatio);
    canvas.height = Math.round(this.#size.height * pixelRatio);
    if (this.#isFitted) this.fit(false);
    // At once: a canvas that changed its size is blank until it is drawn.
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#draw(performance.now());
  }

  pan(dx: number, dy: number): void {
    this.#isFitted = false;
    this.#motion.jump(panned(this.camera, dx, dy));
    this.#movedAt = performance.now();
    this.draw();
  }

  /** Moves by a share of the view, gently: for arrow keys. */
  step(columns: number, rows: number): void {
    this.#isFitted = false;
    const { width, height } = this.#size;
    this.#fly(panned(this.#motion.target, columns * width * 0.15, rows * height * 0.15), stepMs);
  }

  /** Zooms around a place on the screen; `gently` for keys and buttons, at once for wheels. */
  zoom(factor: number, at: Point = { x: this.#size.width / 2, y: this.#size.height / 2 }, gently = false): void {
    this.#isFitted = false;
    const from = gently ? this.#motion.target : this.camera;
    const to = zoomedAt(from, this.#size, at, factor, this.#limits());
    if (gently) this.#fly(to, stepMs);
    else this.#motion.jump(to);
    this.#movedAt = performance.now();
    this.draw();
  }

  #limits(): { min: number; max: number } {
    const least = Math.min(this.#size.width, this.#size.height) / 4;
    // Close enough to part neighbours in the thickest place.
    return { min: least / 2, max: Math.max(4000, 400 * Math.sqrt(this.#density)) };
  }

  /** Shows everything but the few points that lie far from all others. */
  fit(gently = true): void {
    const bounds = this.#bounds;
    if (bounds === null) return;
    const camera = this.#fitted(bounds);
    if (gently) this.#fly(camera, flyMs);
    else this.#motion.jump(camera);
    this.#isFitted = true;
    this.draw();
  }

  /** Beside the controls and the legend, which lie over the map, where there is room for that. */
  #fitted(bounds: Bounds, maxScale?: number): Camera {
    const { width, height } = this.#size;
    const padding = Math.min(fitPaddingPx, width / 16);
    const covered = width > leastWidthBesidePx ? coveredPx : 0;
    const camera = fitted(bounds, { width: width - covered, height }, padding, maxScale);
    return panned(camera, covered / 2, 0);
  }

  /** Brings points into view. */
  show(points: Iterable<number>): void {
    const bounds = this.#map === null ? null : boundsOf(this.#map.x, this.#map.y, points);
    if (bounds === null) return;
    this.#isFitted = false;
    const closest = this.#density > 0 ? 26 * Math.sqrt(this.#density) : Infinity;
    this.#fly(this.#fitted(bounds, Math.max(closest, this.#motion.target.scale)), flyMs);
  }

  #fly(camera: Camera, durationMs: number): void {
    if (this.#options.isMotionReduced()) this.#motion.jump(camera);
    else this.#motion.fly(camera, performance.now(), durationMs);
    this.draw();
  }

  /** The point under a place on the screen; -1 for none. */
  pointAt(at: Point): number {
    if (this.#morphStartedAt !== null) return -1;
    const { camera } = this;
    const { x, y } = toMap(camera, this.#size, at.x, at.y);
    const tile = this.#shownTilePx() / 2 / camera.scale;
    const picture = this.#pictures.at({ x, y }, this.#index, tile);
    return picture ?? this.#index.nearest(x, y, 12 / camera.scale);
  }

  /** Where a point is on the screen. */
  place(point: number): Point {
    return toScreen(this.camera, this.#size, this.#map?.x[point] ?? 0, this.#map?.y[point] ?? 0);
  }

  toMap(at: Point): Point {
    return toMap(this.camera, this.#size, at.x, at.y);
  }

  get index(): SpatialIndex {
    return this.#index;
  }

  get visible(): Bounds {
    return visibleBounds(this.camera, this.#size);
  }

  #shownTilePx(): number {
    const { spacingPx } = dotStyle(this.#density, this.camera.scale);
    return this.showsPictures && pictureShare(spacingPx) > 0 ? pictureSize(spacingPx) : 0;
  }

  /** Asks for a drawing with the next frame. */
  draw(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame((now) => {
      this.#frame = 0;
      this.#draw(now);
      if (this.#watch === 0 && this.#isMoving()) this.#watchFrames(now);
    });
  }

  /** Every frame while the map moves, drawn or not: how far apart drawings are also depends on the pointer. */
  #watchFrames(before: number): void {
    this.#watch = requestAnimationFrame((now) => {
      this.#watch = 0;
      this.#pace.note(now - before);
      if (this.#isMoving()) this.#watchFrames(now);
    });
  }

  #isMoving(): boolean {
    const now = performance.now();
    return this.#morphStartedAt !== null || this.#motion.isMoving(now) || now < this.#movedAt + restMs;
  }

  /** One of so many points is drawn now; where not all are, they follow once the map is at rest. */
  #strideNow(): number {
    clearTimeout(this.#rest);
    const stride = this.#isMoving() ? this.#pace.stride : 1;
    if (stride > 1) this.#rest = setTimeout(() => this.draw(), restMs);
    return stride;
  }

  #draw(frameAt: number): void {
    if (this.#renderer === null) return;
    const now = Math.max(frameAt, performance.now());
    const camera = this.#motion.at(now);
    const progress = this.#morphStartedAt === null ? 1 : Math.min(1, (now - this.#morphStartedAt) / morphMs);
    if (progress >= 1) this.#morphStartedAt = null;
    const stride = this.#strideNow();
    const { radiusPx, spacingPx } = dotStyle(this.#density, camera.scale);
    // Fewer dots are as solid as they are without the others.
    const { alpha } = dotStyle(this.#density / stride, camera.scale);
    const tilePx = pictureSize(spacingPx);
    const tiles = this.#pictures.tiles(
      { ids: this.#map?.ids ?? new Int32Array(), index: this.#index, flags: this.#flags, colorOf: (point) => this.#colorOf(point) },
      {
        bounds: visibleBounds(camera, this.#size, tilePx),
        scale: camera.scale,
        tilePx,
        share: this.showsPictures ? pictureShare(spacingPx) : 0,
        isMorphing: progress < 1,
      },
      now,
    );
    this.#renderer.draw({
      camera,
      ...this.#size,
      pixelRatio: this.#pixelRatio,
      progress,
      stride,
      radiusPx,
      alpha,
      restAlpha: this.#isAnySelected ? 0.42 : 1,
      ...this.#colors,
      tiles,
      tilePx,
    });
    this.#options.onDraw();
    if (progress < 1 || this.#motion.isMoving(now) || this.#pictures.isFading(now)) this.draw();
  }

  #colorOf(point: number): Rgb {
    return this.#rgb[this.#coat.categories[point] ?? 0] ?? [0.5, 0.5, 0.5];
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    cancelAnimationFrame(this.#watch);
    clearTimeout(this.#rest);
    this.#pictures.dispose();
    this.#renderer?.dispose();
    this.#renderer = null;
  }
}
