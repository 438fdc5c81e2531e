/** Where one was in Explore, kept while other views are shown: which map, how coloured, and what of it was in view. */
import type { App } from '../../state/app.svelte.ts';
import type { Camera } from './camera.ts';
import type { ColourMode } from './colouring.ts';
import type { PanelTab } from './explore.svelte.ts';

export interface ExplorePlace {
  /** Of the chosen map; null: the newest. */
  mapKey: string | null;
  colourMode: ColourMode;
  tab: PanelTab;
  showsPictures: boolean;
  similarTo: number | null;
  panelWidth: number;
  /** What was in view and of which map; null: all of it. */
  view: { readonly mapKey: string; readonly camera: Camera } | null;
}

/** Weak: a place lives as long as its window's state. */
const kept = new WeakMap<App, { readonly path: string; readonly place: ExplorePlace }>();

/** The place in the open project; where one starts if one has not been there. */
export function explorePlaceOf(app: App): ExplorePlace {
  const path = app.project?.path ?? '';
  const found = kept.get(app);
  if (found?.path === path) return found.place;
  const place: ExplorePlace = {
    mapKey: null,
    colourMode: 'cluster',
    tab: 'clusters',
    showsPictures: true,
    similarTo: null,
    panelWidth: 372,
    view: null,
  };
  kept.set(app, { path, place });
  return place;
}
