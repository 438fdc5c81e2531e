import { fromJson, toJson } from './columns.ts';
import type { Connection } from './connection.ts';

/** How good a model was on a split at one time. */
export interface Evaluation {
  readonly id: number;
  readonly modelId: number;
  readonly split: string;
  /** JSON; validate before use. */
  readonly metrics: unknown;
  /** The single predictions, as they were against the labels of that time; JSON, validate before use. */
  readonly cases: unknown;
  readonly createdAt: number;
}

interface EvaluationRow {
  readonly id: number;
  readonly model_id: number;
  readonly split: string;
  readonly metrics: string;
  readonly cases: string;
  readonly created_at: number;
}

function toEvaluation(row: EvaluationRow): Evaluation {
  const { id, model_id: modelId, split, created_at: createdAt } = row;
  return { id, modelId, split, metrics: fromJson(row.metrics), cases: fromJson(row.cases), createdAt };
}

/** Evaluations of models, kept so that an old figure can be looked at again after labels have changed. */
export class EvaluationTable {
  readonly #db: Connection;
  readonly #now: () => number;

  constructor(connection: Connection, now: () => number) {
    this.#db = connection;
    this.#now = now;
  }

  /** Keeps an evaluation and returns its id. */
  add(evaluation: Omit<Evaluation, 'id' | 'createdAt'>): number {
    const sql = 'INSERT INTO evaluations (model_id, split, metrics, cases, created_at) VALUES (?, ?, ?, ?, ?)';
    const { modelId, split, metrics, cases } = evaluation;
    return this.#db.query(sql).run(modelId, split, toJson(metrics), toJson(cases), this.#now()).id;
  }

  /** The evaluations of a model, newest first. */
  list(modelId: number): Evaluation[] {
    return this.#db.query<EvaluationRow>('SELECT * FROM evaluations WHERE model_id = ? ORDER BY id DESC').all(modelId).map(toEvaluation);
  }

  /** The newest evaluation of a model on a split, or null. */
  latest(modelId: number, split: string): Evaluation | null {
    const sql = 'SELECT * FROM evaluations WHERE model_id = ? AND split = ? ORDER BY id DESC LIMIT 1';
    const row = this.#db.query<EvaluationRow>(sql).get(modelId, split);
    return row ? toEvaluation(row) : null;
  }
}
