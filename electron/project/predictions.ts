import { AppError } from '../contract/errors.ts';
import { bytesOf, copyVector } from './columns.ts';
import type { Connection } from './connection.ts';

interface PredictionRow {
  readonly image_id: number;
  readonly probabilities: Uint8Array;
}

/** What classifiers say of images: one probability per output of the model. */
export class PredictionTable {
  readonly #db: Connection;

  constructor(connection: Connection) {
    this.#db = connection;
  }

  /** Keeps a batch, probabilities [B, C] for B images, replacing older ones of the same model. */
  write(modelId: number, imageIds: ArrayLike<number>, probabilities: Float32Array): void {
    const { length } = imageIds;
    if (length === 0) return;
    const numClasses = probabilities.length / length;
    if (!Number.isInteger(numClasses)) throw new AppError('internal', `predictions: ${probabilities.length} values for ${length} images`);
    this.#db.transaction(() => {
      const insert = this.#db.query('INSERT OR REPLACE INTO predictions (model_id, image_id, probabilities) VALUES (?, ?, ?)');
      for (let i = 0; i < length; i++) {
        insert.run(modelId, imageIds[i] ?? 0, bytesOf(probabilities.subarray(i * numClasses, (i + 1) * numClasses)));
      }
    });
  }

  /** Every prediction of a model, ordered by image: probabilities [N, C]. Without any, N and C are 0. */
  readAll(modelId: number): { imageIds: Int32Array; probabilities: Float32Array; numClasses: number } {
    const rows = this.#db
      .query<PredictionRow>('SELECT image_id, probabilities FROM predictions WHERE model_id = ? ORDER BY image_id')
      .all(modelId);
    const numClasses = (rows[0]?.probabilities.byteLength ?? 0) / 4;
    const probabilities = new Float32Array(rows.length * numClasses);
    rows.forEach((row, i) => copyVector(row.probabilities, probabilities, i, numClasses));
    return { imageIds: Int32Array.from(rows, (row) => row.image_id), probabilities, numClasses };
  }

  /** Forgets the predictions of a model. */
  remove(modelId: number): void {
    this.#db.query('DELETE FROM predictions WHERE model_id = ?').run(modelId);
  }
}
