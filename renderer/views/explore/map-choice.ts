/** Which maps there are to look at, and what they are called. */
import type { BaseView, MapKeyView, ModelView, ProjectView } from '../../../electron/contract/domain.ts';
import { strings } from '../../lib/strings.ts';

const t = strings.explore;

export interface MapChoice extends MapKeyView {
  /** Changes when the map is computed anew. */
  readonly version: string;
  readonly key: string;
  readonly label: string;
}

export function mapKey({ modelId, px }: { readonly modelId: number; readonly px: number }): string {
  return `${modelId}-${px}`;
}

/** Names of two maps, one unadapted and one adapted: what they are for. Otherwise the models' names, with sizes where those repeat. */
function labels(maps: readonly MapKeyView[], models: readonly ModelView[]): string[] {
  const found = maps.map(({ modelId }) => models.find(({ id }) => id === modelId));
  const kinds = found.map((model) => model?.kind);
  if (maps.length <= 2 && kinds.filter((kind) => kind === 'base').length <= 1 && kinds.filter((kind) => kind === 'adapted').length <= 1) {
    return kinds.map((kind, i) => (kind === 'base' ? t.before : kind === 'adapted' ? t.after : (found[i]?.name ?? '')));
  }
  const names = found.map((model, i) => model?.name ?? String(maps[i]?.modelId));
  return names.map((name, i) => (names.indexOf(name) !== names.lastIndexOf(name) ? `${name}, ${maps[i]?.px ?? 0} px` : name));
}

/** Every map, models in the order they came to be: unadapted before adapted. */
export function mapChoices({ maps, models }: Pick<ProjectView, 'maps' | 'models'>): MapChoice[] {
  const sorted = [...maps].sort((a, b) => a.modelId - b.modelId || a.px - b.px);
  const names = labels(sorted, models);
  return sorted.map((map, i) => ({
    ...map,
    key: mapKey(map),
    version: `${mapKey(map)}-${map.createdAt}-${map.numImages}`,
    label: names[i] ?? '',
  }));
}

/** The map computed last, whose clusters the rest of the app speaks of; null where there is none. */
export function newestMap(choices: readonly MapChoice[]): MapChoice | null {
  return choices.reduce<MapChoice | null>((best, each) => (best === null || each.createdAt >= best.createdAt ? each : best), null);
}

/** Where a map is best computed from: the newest adapted model, else weights in a file, else what there is. */
export function defaultBase(bases: readonly BaseView[]): BaseView | null {
  return bases.findLast(({ origin }) => origin === 'project') ?? bases.find(({ origin }) => origin === 'file') ?? bases.at(0) ?? null;
}
