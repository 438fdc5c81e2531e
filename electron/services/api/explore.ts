/** Calls about the map and what it shows. */
import type { Handlers } from '../../contract/calls.ts';
import type { Host } from '../host.ts';
import { storedPx } from '../intake/import-folder.ts';
import { duplicateViews, mapView, outlierViews } from '../mapping/map-view.ts';
import { neighboursUnder } from '../mapping/stored-neighbours.ts';

type ExploreCalls = 'map.start' | 'map.read' | 'explore.duplicates' | 'explore.outliers' | 'adapt.neighbours';

export function exploreHandlers(host: Host): Pick<Handlers, ExploreCalls> {
  return {
    'map.start': ({ baseRef, px, numClusters }) =>
      host.startJob('map', { baseRef, px: px ?? storedPx, ...(numClusters !== undefined && { numClusters }) }),
    'map.read': (key) => mapView(host, key),
    'explore.duplicates': () => duplicateViews(host),
    'explore.outliers': () => outlierViews(host),
    'adapt.neighbours': async ({ ids, k, modelIds }) => {
      const views = [];
      for (const modelId of modelIds) views.push(await neighboursUnder(host, modelId, ids, k));
      return views;
    },
  };
}
