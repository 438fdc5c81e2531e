/** State of Explore: which map, coloured how, and what is pointed at. */
import type { MapView } from '../../../electron/contract/domain.ts';
import type { App } from '../../state/app.svelte.ts';
import type { Camera } from './camera.ts';
import { withLabels } from './cluster-facts.ts';
import { colour, flagsOf } from './colouring.ts';
import type { ColourMode } from './colouring.ts';
import { explorePlaceOf } from './explore-place.ts';
import type { ExplorePlace } from './explore-place.ts';
import { mapChoices, newestMap } from './map-choice.ts';
import { columnPositions, positionsById } from './map-points.ts';

export type DragMode = 'pan' | 'lasso' | 'box';
export type PanelTab = 'clusters' | 'similar' | 'duplicates' | 'outliers';

/** What the state asks of the drawn map. */
export interface Stage {
  show(points: Iterable<number>): void;
  fit(): void;
  zoom(factor: number): void;
}

export class Explore {
  readonly app: App;
  readonly place: ExplorePlace;
  /** Of the chosen map; null: the newest. */
  #chosenKey = $state<string | null>(null);
  #map = $state.raw<MapView | null>(null);
  #mapVersion: string | null = null;
  readonly #read = new Map<string, MapView>();
  isLoading = $state(false);
  colourMode = $state<ColourMode>('cluster');
  dragMode = $state<DragMode>('pan');
  showsPictures = $state(true);
  /** Keys of legend entries to stand out; null: all. */
  isolated = $state.raw<ReadonlySet<string> | null>(null);
  highlightedCluster = $state<number | null>(null);
  tab = $state<PanelTab>('clusters');
  /** The image whose like is shown. */
  similarTo = $state<number | null>(null);
  /** Whose whole cluster is being labelled. */
  labelling = $state<number | null>(null);
  stage: Stage | null = null;

  constructor(app: App) {
    this.app = app;
    this.place = explorePlaceOf(app);
    this.#chosenKey = this.place.mapKey;
    this.colourMode = this.place.colourMode;
    this.tab = this.place.tab;
    this.showsPictures = this.place.showsPictures;
    this.similarTo = this.place.similarTo;
  }

  /** Keeps where one is for the next time; to be asked from an effect, which then runs with every change. */
  keepPlace(): void {
    const { colourMode, tab, showsPictures, similarTo } = this;
    Object.assign(this.place, { mapKey: this.#chosenKey, colourMode, tab, showsPictures, similarTo });
  }

  /** What is in view when the view is left; null: all of it. */
  keepCamera(camera: Camera | null): void {
    const mapKey = this.choice?.key;
    this.place.view = camera === null || mapKey === undefined ? null : { mapKey, camera };
  }

  get firstCamera(): Camera | null {
    const { view } = this.place;
    return view !== null && view.mapKey === this.choice?.key ? view.camera : null;
  }

  readonly choices = $derived.by(() => (this.app.project === null ? [] : mapChoices(this.app.project)));
  readonly newest = $derived.by(() => newestMap(this.choices));
  readonly choice = $derived.by(() => this.choices.find(({ key }) => key === this.#chosenKey) ?? this.newest);

  get map(): MapView | null {
    return this.#map;
  }

  readonly pointOf = $derived.by(() => positionsById(this.#map?.ids ?? new Int32Array()));
  readonly #columnIds = $derived.by(() => this.app.columns?.ids ?? new Int32Array());
  /** Position of each point's image in the columns. */
  readonly columnAt = $derived.by(() => columnPositions(this.#map?.ids ?? new Int32Array(), this.#columnIds));

  readonly clusters = $derived.by(() => {
    const { columns } = this.app;
    return this.#map === null || columns === null ? [] : withLabels(this.#map, columns, this.columnAt);
  });

  readonly colouring = $derived.by(() => {
    const { columns, project } = this.app;
    if (this.#map === null || columns === null || project === null) return null;
    return colour(this.colourMode, { map: this.#map, columns, columnAt: this.columnAt, project });
  });

  /** Points that are selected. */
  readonly selectedPoints = $derived.by(() => {
    const points: number[] = [];
    for (const id of this.app.selection.ids) {
      const point = this.pointOf(id);
      if (point >= 0) points.push(point);
    }
    return points;
  });

  readonly flags = $derived.by(() => {
    const { map, colouring, isolated } = { map: this.#map, colouring: this.colouring, isolated: this.isolated };
    const excluded = this.app.columns?.isExcluded;
    if (map === null || colouring === null) return null;
    const entries = colouring.entries.filter(({ key }) => isolated?.has(key) === true);
    return flagsOf({
      length: map.ids.length,
      selected: this.selectedPoints,
      categories: colouring.categories,
      isolated: entries.length === 0 ? null : new Set(entries.flatMap(({ categories }) => [...categories])),
      clusterIds: map.clusterIds,
      highlightedCluster: this.highlightedCluster,
      isExcluded: (i) => excluded?.[this.columnAt[i] ?? -1] === 1,
    });
  });

  /** Whether the shown map is the one whose clusters the rest of the app means. */
  readonly isNewest = $derived.by(() => this.choice?.key === this.newest?.key);

  choose(key: string): void {
    this.#chosenKey = key;
    this.highlightedCluster = null;
  }

  /** The other map of two, or the next of several. */
  chooseNext(): void {
    const at = this.choices.findIndex(({ key }) => key === this.choice?.key);
    const next = this.choices[(at + 1) % Math.max(1, this.choices.length)];
    if (next !== undefined) this.choose(next.key);
  }

  /** Reads the chosen map where it is not at hand. */
  async load(): Promise<void> {
    const { choice } = this;
    if (choice === null) {
      this.#map = null;
      this.#mapVersion = null;
      return;
    }
    if (choice.version === this.#mapVersion) return;
    const known = this.#read.get(choice.version);
    if (known !== undefined) {
      this.#take(choice.version, known);
      return;
    }
    this.isLoading = true;
    const map = await this.app.attempt('map.read', { modelId: choice.modelId, px: choice.px });
    this.isLoading = false;
    // Meanwhile another one may have been chosen.
    if (map === undefined || this.choice?.version !== choice.version) return;
    this.#read.set(choice.version, map);
    this.#take(choice.version, map);
  }

  #take(version: string, map: MapView): void {
    this.#mapVersion = version;
    this.#map = map;
    if (this.colourMode === 'cluster') this.isolated = null;
  }

  setColourMode(mode: ColourMode): void {
    this.colourMode = mode;
    this.isolated = null;
  }

  /** Legend: only this entry, or all again if it is the only one; with `add` it joins or leaves those that stand out. */
  isolate(key: string, add: boolean): void {
    const present = this.isolated ?? new Set<string>();
    const next = add ? new Set(present) : new Set<string>();
    if (add ? present.has(key) : present.size === 1 && present.has(key)) next.delete(key);
    else next.add(key);
    this.isolated = next.size === 0 ? null : next;
  }

  idOf(point: number): number | null {
    return this.#map?.ids[point] ?? null;
  }

  idsOf(points: Iterable<number>): number[] {
    return Array.from(points, (point) => this.#map?.ids[point] ?? 0);
  }

  /** Selects points' images in place of the selection, or beside it. */
  select(points: Iterable<number>, add: boolean): void {
    const ids = this.idsOf(points);
    if (add) this.app.selection.add(ids);
    else this.app.selection.set(ids);
  }

  selectIds(ids: Iterable<number>): void {
    const all = [...ids];
    this.app.selection.set(all);
    this.stage?.show(all.map((id) => this.pointOf(id)).filter((point) => point >= 0));
  }

  /** Ids of a cluster's images. */
  clusterIds(clusterId: number): number[] {
    const { map } = { map: this.#map };
    if (map === null) return [];
    return Array.from(map.ids).filter((_, i) => map.clusterIds[i] === clusterId);
  }

  selectCluster(clusterId: number): void {
    this.selectIds(this.clusterIds(clusterId));
  }

  /** Every image of the clusters that the selected ones are in. */
  selectWholeClusters(): void {
    const { map } = { map: this.#map };
    if (map === null) return;
    const wanted = new Set(this.selectedPoints.map((point) => map.clusterIds[point] ?? -1));
    this.selectIds(Array.from(map.ids).filter((_, i) => wanted.has(map.clusterIds[i] ?? -1)));
  }

  showSimilar(imageId: number): void {
    this.similarTo = imageId;
    this.tab = 'similar';
  }

  /** The one image meant when only one can be: the only selected one, or the last clicked. */
  readonly single = $derived.by(() => {
    const { selection } = this.app;
    if (selection.size === 1) return [...selection.ids][0] ?? null;
    return selection.cursor !== null && selection.has(selection.cursor) ? selection.cursor : null;
  });
}
