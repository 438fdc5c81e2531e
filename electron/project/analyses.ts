import { AppError } from '../contract/errors.ts';
import { bytesOf, fromJson, toFloats, toInts, toJson } from './columns.ts';
import type { Connection } from './connection.ts';
import { parametersKey } from './parameters-key.ts';

/** Values for N images: clusters as Int32Array [N], positions on the map as Float32Array [N, 2], scores as Float32Array [N]. */
export interface AnalysisColumns {
  readonly imageIds: Int32Array;
  readonly values: Int32Array | Float32Array;
}

/** Something computed over many images at once: a clustering, a projection, duplicates, outliers, suspected label errors. */
export interface Analysis {
  readonly id: number;
  readonly kind: string;
  readonly modelId: number | null;
  /** JSON; validate before use. */
  readonly params: unknown;
  /** Whatever does not fit into columns (groups of duplicates, cluster names), JSON; validate before use. */
  readonly summary: unknown;
  readonly createdAt: number;
}

/** Which analysis: its kind, the model whose embeddings it looked at (null where it looked at none), and its settings. */
export interface AnalysisKey {
  readonly kind: string;
  readonly modelId: number | null;
  readonly params: unknown;
}

interface AnalysisRow {
  readonly id: number;
  readonly kind: string;
  readonly model_id: number | null;
  readonly params: string;
  readonly summary: string;
  readonly created_at: number;
}

function toAnalysis(row: AnalysisRow): Analysis {
  const { id, kind, model_id: modelId, created_at: createdAt } = row;
  return { id, kind, modelId, params: fromJson(row.params), summary: fromJson(row.summary), createdAt };
}

const selectAnalyses = 'SELECT id, kind, model_id, params, summary, created_at FROM analyses';

/** Results over all images, kept as whole columns since they are always computed and read as a whole. */
export class AnalysisTable {
  readonly #db: Connection;
  readonly #now: () => number;

  constructor(connection: Connection, now: () => number) {
    this.#db = connection;
    this.#now = now;
  }

  /** Keeps a result in place of an older one with the same key. */
  put(key: AnalysisKey, result: { readonly summary?: unknown; readonly columns?: AnalysisColumns }): Analysis {
    return this.#db.transaction(() => {
      const { columns } = result;
      const paramsKey = parametersKey(key.params);
      this.#db.query('DELETE FROM analyses WHERE kind = ? AND model_id IS ? AND params_key = ?').run(key.kind, key.modelId, paramsKey);
      const sql = `INSERT INTO analyses (kind, model_id, params, params_key, summary, image_ids, value_type, image_values, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
      const stored = columns
        ? [bytesOf(columns.imageIds), columns.values instanceof Int32Array ? 'int32' : 'float32', bytesOf(columns.values)]
        : [null, null, null];
      const json = [toJson(key.params), paramsKey, toJson(result.summary)];
      return this.get(this.#db.query(sql).run(key.kind, key.modelId, ...json, ...stored, this.#now()).id);
    });
  }

  /** Throws `not-found`. */
  get(id: number): Analysis {
    const row = this.#db.query<AnalysisRow>(`${selectAnalyses} WHERE id = ?`).get(id);
    if (!row) throw new AppError('not-found', `Result number ${id} is no longer kept. Compute it again.`);
    return toAnalysis(row);
  }

  /** The result with this key, or null. */
  find(key: AnalysisKey): Analysis | null {
    const sql = `${selectAnalyses} WHERE kind = ? AND model_id IS ? AND params_key = ?`;
    const row = this.#db.query<AnalysisRow>(sql).get(key.kind, key.modelId, parametersKey(key.params));
    return row ? toAnalysis(row) : null;
  }

  /** The newest result of a kind, for one model where it is given, or null. */
  latest(kind: string, modelId?: number): Analysis | null {
    const sql = `${selectAnalyses} WHERE kind = @kind AND (@modelId IS NULL OR model_id = @modelId) ORDER BY id DESC LIMIT 1`;
    const row = this.#db.query<AnalysisRow>(sql).get({ kind, modelId: modelId ?? null });
    return row ? toAnalysis(row) : null;
  }

  /** The results of a kind, oldest first. */
  list(kind: string): Analysis[] {
    return this.#db.query<AnalysisRow>(`${selectAnalyses} WHERE kind = ? ORDER BY id`).all(kind).map(toAnalysis);
  }

  /** The values per image; null where the result has none. Throws `not-found`. */
  columns(id: number): AnalysisColumns | null {
    this.get(id);
    const row = this.#db
      .query<{ image_ids: Uint8Array | null; value_type: string; image_values: Uint8Array | null }>(
        'SELECT image_ids, value_type, image_values FROM analyses WHERE id = ?',
      )
      .get(id);
    if (!row?.image_ids || !row.image_values) return null;
    const values = row.value_type === 'int32' ? toInts(row.image_values) : toFloats(row.image_values);
    return { imageIds: toInts(row.image_ids), values };
  }

  remove(id: number): void {
    this.#db.query('DELETE FROM analyses WHERE id = ?').run(id);
  }
}
