import { AppError } from '../contract/errors.ts';
import { fromJson, joinChunks, toChunks, toJson } from './columns.ts';
import type { Connection } from './connection.ts';

/** `base`: as downloaded or imported; `adapted`: trained on the images without labels; `classifier`: with a head for the classes. */
export type ModelKind = 'base' | 'adapted' | 'classifier';

/** One output of a classifier. The name is the one the class had when the model was trained. */
export interface ModelOutput {
  readonly classId: number;
  readonly name: string;
}

/** What is known of a model besides its weights. */
export interface ModelRecord {
  readonly id: number;
  readonly name: string;
  readonly arch: string;
  readonly kind: ModelKind;
  /** The model it was trained from. */
  readonly parentId: number | null;
  /** How it was made, for instance 'imported', 'dino', 'linear-probe'. */
  readonly method: string;
  /** Side of the square images it was made for. */
  readonly px: number;
  /** JSON; validate before use. */
  readonly settings: unknown;
  /** JSON; validate before use. */
  readonly metrics: unknown;
  /** The classes in the order of the outputs; null for a model without a head. */
  readonly outputs: readonly ModelOutput[] | null;
  readonly createdAt: number;
}

/** A model to be kept, with its weights as the bytes of a safetensors file. */
export type NewModel = Omit<ModelRecord, 'id' | 'createdAt'> & { readonly weights: Uint8Array };

interface ModelRow {
  readonly id: number;
  readonly name: string;
  readonly arch: string;
  readonly kind: ModelKind;
  readonly parent_id: number | null;
  readonly method: string;
  readonly px: number;
  readonly settings: string;
  readonly metrics: string;
  readonly outputs: string | null;
  readonly created_at: number;
}

function toModel(row: ModelRow): ModelRecord {
  return {
    id: row.id,
    name: row.name,
    arch: row.arch,
    kind: row.kind,
    parentId: row.parent_id,
    method: row.method,
    px: row.px,
    settings: fromJson(row.settings),
    metrics: fromJson(row.metrics),
    outputs: fromJson(row.outputs) as readonly ModelOutput[] | null,
    createdAt: row.created_at,
  };
}

/** The models of a project, their weights, and which was made from which. */
export class ModelTable {
  readonly #db: Connection;
  readonly #now: () => number;

  constructor(connection: Connection, now: () => number) {
    this.#db = connection;
    this.#now = now;
  }

  list(): ModelRecord[] {
    return this.#db.query<ModelRow>('SELECT * FROM models ORDER BY id').all().map(toModel);
  }

  /** Throws `not-found`. */
  get(id: number): ModelRecord {
    const row = this.#db.query<ModelRow>('SELECT * FROM models WHERE id = ?').get(id);
    if (!row) throw new AppError('not-found', `There is no model number ${id}. It may have been removed; choose another.`);
    return toModel(row);
  }

  /** Keeps a model and its weights; either both are kept or neither. Throws `not-found` for an unknown parent. */
  add(model: NewModel): ModelRecord {
    return this.#db.transaction(() => {
      if (model.parentId !== null) this.get(model.parentId);
      const sql = `INSERT INTO models (name, arch, kind, parent_id, method, px, settings, metrics, outputs, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
      const json = [toJson(model.settings), toJson(model.metrics), model.outputs && toJson(model.outputs)];
      const { id } = this.#db
        .query(sql)
        .run(model.name, model.arch, model.kind, model.parentId, model.method, model.px, ...json, this.#now());
      let chunk = 0;
      for (const bytes of toChunks(model.weights)) {
        this.#db.query('INSERT INTO model_weights (model_id, chunk, bytes) VALUES (?, ?, ?)').run(id, chunk++, bytes);
      }
      return this.get(id);
    });
  }

  /** The weights as the bytes of a safetensors file. Throws `not-found`. */
  weights(id: number): Uint8Array<ArrayBuffer> {
    return this.#db.snapshot(() => {
      this.get(id);
      const size = this.#db.values<number>('SELECT coalesce(sum(length(bytes)), 0) FROM model_weights WHERE model_id = ?').get(id) ?? 0;
      return joinChunks(this.#db.values<Uint8Array>('SELECT bytes FROM model_weights WHERE model_id = ? ORDER BY chunk').iterate(id), size);
    });
  }

  /** Bytes of a model's weights. */
  sizeBytes(id: number): number {
    return this.#db.values<number>('SELECT coalesce(sum(length(bytes)), 0) FROM model_weights WHERE model_id = ?').get(id) ?? 0;
  }

  rename(id: number, name: string): void {
    this.get(id);
    this.#db.query('UPDATE models SET name = ? WHERE id = ?').run(name, id);
  }

  /** Replaces the metrics, for instance after another evaluation. */
  setMetrics(id: number, metrics: unknown): void {
    this.get(id);
    this.#db.query('UPDATE models SET metrics = ? WHERE id = ?').run(toJson(metrics), id);
  }

  /** The chain a model came from, first its oldest ancestor, last itself. Throws `not-found`. */
  lineage(id: number): ModelRecord[] {
    this.get(id);
    const sql = `
      WITH RECURSIVE chain (id, depth) AS (
        SELECT @id, 0 UNION ALL SELECT m.parent_id, depth + 1 FROM chain JOIN models m ON m.id = chain.id WHERE m.parent_id IS NOT NULL
      ) SELECT m.* FROM chain JOIN models m ON m.id = chain.id ORDER BY depth DESC`;
    return this.#db.query<ModelRow>(sql).all({ id }).map(toModel);
  }

  /** The models made directly from this one. */
  children(id: number): ModelRecord[] {
    return this.#db.query<ModelRow>('SELECT * FROM models WHERE parent_id = ? ORDER BY id').all(id).map(toModel);
  }

  /** Removes a model with its weights and all that was computed with it. Throws `conflict` where others were made from it. */
  remove(id: number): void {
    this.#db.transaction(() => {
      const model = this.get(id);
      const [child] = this.children(id);
      if (child)
        throw new AppError('conflict', `${model.name} cannot be removed, since ${child.name} was made from it. Remove that first.`);
      this.#db.query('DELETE FROM models WHERE id = ?').run(id);
    });
  }
}
