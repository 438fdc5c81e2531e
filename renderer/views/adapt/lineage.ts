/** Models as a tree: what each was made from. */
import type { ModelView } from '../../../electron/contract/domain.ts';

export interface LineageRow {
  readonly model: ModelView;
  readonly depth: number;
  readonly numChildren: number;
}

/** The rows of the tree from the top, parents before their children and the older first. One whose parent is gone is a root. */
export function lineageRows(models: readonly ModelView[]): LineageRow[] {
  const byId = new Map(models.map((model) => [model.id, model]));
  const children = new Map<number | null, ModelView[]>();
  for (const model of [...models].sort((a, b) => a.createdAt - b.createdAt || a.id - b.id)) {
    const parent = model.parentId !== null && byId.has(model.parentId) ? model.parentId : null;
    children.set(parent, [...(children.get(parent) ?? []), model]);
  }
  const rows: LineageRow[] = [];
  const walk = (parent: number | null, depth: number): void => {
    for (const model of children.get(parent) ?? []) {
      rows.push({ model, depth, numChildren: children.get(model.id)?.length ?? 0 });
      walk(model.id, depth + 1);
    }
  };
  walk(null, 0);
  return rows;
}

/** The runs shown after choosing one: at most two, the oldest choice goes. */
export function toggleChosen(chosen: readonly number[], id: number): number[] {
  return chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id].slice(-2);
}
