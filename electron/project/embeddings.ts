/**
 * Embeddings: one row per image, 32-bit floats. A row per image keeps a run resumable and lets one changed image lose only its own vector;
 * 100,000 x 1,280 take about 540 MB.
 */
import { AppError } from '../contract/errors.ts';
import { bytesOf, copyVector, idList } from './columns.ts';
import type { Connection } from './connection.ts';

/** Which embeddings: those of a model, computed from images of this side length. */
export interface EmbeddingKey {
  readonly modelId: number;
  readonly px: number;
}

interface EmbeddingSet {
  readonly id: number;
  readonly dim: number;
}

interface VectorRow {
  readonly at: number;
  readonly vector: Uint8Array;
}

/** The embeddings of a project. */
export class EmbeddingTable {
  readonly #db: Connection;

  constructor(connection: Connection) {
    this.#db = connection;
  }

  /** Keeps a batch, vectors [B, D] for B images, replacing older ones. Throws `invalid-input` where D differs from what is kept already. */
  write(key: EmbeddingKey, imageIds: ArrayLike<number>, vectors: Float32Array): void {
    const { length } = imageIds;
    if (length === 0) return;
    const dim = vectors.length / length;
    if (!Number.isInteger(dim)) throw new AppError('internal', `embeddings: ${vectors.length} values for ${length} images`);
    this.#db.transaction(() => {
      const set = this.#find(key) ?? this.#create(key, dim);
      if (set.dim !== dim)
        throw new AppError('invalid-input', `embeddings: [${length},${dim}] where [${length},${set.dim}] are kept already`);
      const insert = this.#db.query('INSERT OR REPLACE INTO embeddings (set_id, image_id, vector) VALUES (?, ?, ?)');
      for (let i = 0; i < length; i++) insert.run(set.id, imageIds[i] ?? 0, bytesOf(vectors.subarray(i * dim, (i + 1) * dim)));
    });
  }

  /** How many images have an embedding. */
  count(key: EmbeddingKey): number {
    const set = this.#find(key);
    return set ? (this.#db.values<number>('SELECT count(*) FROM embeddings WHERE set_id = ?').get(set.id) ?? 0) : 0;
  }

  /** The sizes at which there are embeddings of a model, in the order they were first computed. */
  sizes(modelId: number): number[] {
    return this.#db.values<number>('SELECT px FROM embedding_sets WHERE model_id = ? ORDER BY id').all(modelId);
  }

  /** The usable images that have an embedding, in the order they were added. */
  imageIds(key: EmbeddingKey): Int32Array {
    const sql = `SELECT i.id FROM images i JOIN embeddings e ON e.set_id = ? AND e.image_id = i.id WHERE i.status = 'ok' AND i.excluded = 0 ORDER BY i.id`;
    return Int32Array.from(this.#db.values<number>(sql).all(this.#find(key)?.id ?? 0));
  }

  /** The usable images (readable, present, not excluded) that have no embedding yet, in the order they were added. */
  missing(key: EmbeddingKey): Int32Array {
    const sql = `SELECT id FROM images WHERE status = 'ok' AND excluded = 0
      AND id NOT IN (SELECT image_id FROM embeddings WHERE set_id = ?) ORDER BY id`;
    return Int32Array.from(this.#db.values<number>(sql).all(this.#find(key)?.id ?? 0));
  }

  /** Every embedding of a usable image, ordered by image: vectors [N, D]. Without any, N and D are 0. */
  readAll(key: EmbeddingKey): { imageIds: Int32Array; vectors: Float32Array; dim: number } {
    return this.#db.snapshot(() => {
      const set = this.#find(key);
      if (!set) return { imageIds: new Int32Array(0), vectors: new Float32Array(0), dim: 0 };
      const usable = `FROM images i JOIN embeddings e ON e.set_id = ? AND e.image_id = i.id WHERE i.status = 'ok' AND i.excluded = 0`;
      const length = this.#db.values<number>(`SELECT count(*) ${usable}`).get(set.id) ?? 0;
      const imageIds = new Int32Array(length);
      const vectors = new Float32Array(length * set.dim);
      // Filled row by row, so that the vectors exist once in memory.
      let n = 0;
      for (const row of this.#db.query<VectorRow>(`SELECT i.id AS at, e.vector ${usable} ORDER BY i.id`).iterate(set.id)) {
        imageIds[n] = row.at;
        copyVector(row.vector, vectors, n++, set.dim);
      }
      return { imageIds, vectors, dim: set.dim };
    });
  }

  /** The embeddings of these images, [N, D] in this order. Throws `not-found` where some have none. */
  read(key: EmbeddingKey, imageIds: readonly number[] | Int32Array): { vectors: Float32Array; dim: number } {
    return this.#db.snapshot(() => {
      const set = this.#find(key);
      const dim = set?.dim ?? 0;
      const vectors = new Float32Array(imageIds.length * dim);
      // CROSS JOIN keeps the list outermost; the other order would read the whole list for every vector.
      const sql = `SELECT wanted.key AS at, e.vector FROM json_each(?) wanted CROSS JOIN embeddings e ON e.set_id = ? AND e.image_id = wanted.value`;
      let numFound = 0;
      for (const row of this.#db.query<VectorRow>(sql).iterate(idList(imageIds), set?.id ?? 0)) {
        copyVector(row.vector, vectors, row.at, dim);
        numFound++;
      }
      const numLacking = imageIds.length - numFound;
      if (numLacking > 0)
        throw new AppError('not-found', `${numLacking} of ${imageIds.length} images have no embedding yet. Compute the map first.`);
      return { vectors, dim };
    });
  }

  remove(key: EmbeddingKey): void {
    this.#db.query('DELETE FROM embedding_sets WHERE model_id = ? AND px = ?').run(key.modelId, key.px);
  }

  #find(key: EmbeddingKey): EmbeddingSet | undefined {
    return this.#db.query<EmbeddingSet>('SELECT id, dim FROM embedding_sets WHERE model_id = ? AND px = ?').get(key.modelId, key.px);
  }

  #create(key: EmbeddingKey, dim: number): EmbeddingSet {
    return { id: this.#db.query('INSERT INTO embedding_sets (model_id, px, dim) VALUES (?, ?, ?)').run(key.modelId, key.px, dim).id, dim };
  }
}
