import { AppError } from '../contract/errors.ts';
import { AnalysisTable } from './analyses.ts';
import { CheckpointTable } from './checkpoints.ts';
import { ClassTable } from './classes.ts';
import type { Connection } from './connection.ts';
import { EmbeddingTable } from './embeddings.ts';
import { EvaluationTable } from './evaluations.ts';
import { ImageTable } from './images.ts';
import { JobTable } from './job-records.ts';
import { LabelReviewTable } from './label-reviews.ts';
import { LabelTable } from './labels.ts';
import { ModelTable } from './models.ts';
import { PredictionTable } from './predictions.ts';
import { ScanTable } from './scans.ts';
import { SettingTable } from './settings.ts';
import { SourceTable } from './sources.ts';
import { SplitTable } from './splits.ts';
import { SuggestionTable } from './suggestions.ts';

interface ProjectOptions {
  readonly readonly: boolean;
  /** Whether another connection of this process holds the writer's lock and closes last. */
  readonly joined?: boolean;
  /** The copy kept from before a migration, where opening needed one. */
  readonly backupPath: string | null;
  readonly now: () => number;
  readonly onClose: () => void;
}

/** An open project. Everything it does is synchronous; a failed write leaves the file as it was and throws an AppError. */
export class Project {
  readonly path: string;
  readonly readonly: boolean;
  /** The copy kept from before a migration, or null where opening the file needed none. */
  readonly backupPath: string | null;
  readonly connection: Connection;

  readonly settings: SettingTable;
  readonly sources: SourceTable;
  readonly images: ImageTable;
  readonly scans: ScanTable;
  readonly classes: ClassTable;
  readonly labels: LabelTable;
  readonly labelReviews: LabelReviewTable;
  readonly splits: SplitTable;
  readonly models: ModelTable;
  readonly embeddings: EmbeddingTable;
  readonly analyses: AnalysisTable;
  readonly suggestions: SuggestionTable;
  readonly evaluations: EvaluationTable;
  readonly predictions: PredictionTable;
  readonly jobs: JobTable;
  readonly checkpoints: CheckpointTable;

  readonly #onClose: () => void;
  readonly #isJoined: boolean;
  #isOpen = true;

  constructor(connection: Connection, options: ProjectOptions) {
    const { now } = options;
    this.path = connection.path;
    this.readonly = options.readonly;
    this.backupPath = options.backupPath;
    this.connection = connection;
    this.#onClose = options.onClose;
    this.#isJoined = options.joined ?? false;
    this.settings = new SettingTable(connection);
    this.sources = new SourceTable(connection, now);
    this.images = new ImageTable(connection);
    this.scans = new ScanTable(connection, now);
    this.classes = new ClassTable(connection, now);
    this.labels = new LabelTable(connection, now);
    this.labelReviews = new LabelReviewTable(connection, now);
    this.splits = new SplitTable(connection);
    this.models = new ModelTable(connection, now);
    this.embeddings = new EmbeddingTable(connection);
    this.analyses = new AnalysisTable(connection, now);
    this.suggestions = new SuggestionTable(connection, now);
    this.evaluations = new EvaluationTable(connection, now);
    this.predictions = new PredictionTable(connection);
    this.jobs = new JobTable(connection, now);
    this.checkpoints = new CheckpointTable(connection, now);
  }

  /** Runs `work` in one transaction: all of its writes happen or none of them. */
  transaction<T>(work: () => T): T {
    return this.connection.transaction(work);
  }

  /** What SQLite finds wrong with the file, one line each; empty for a sound file. Reads the whole file. */
  checkIntegrity(): string[] {
    const found = this.connection.values<string>('PRAGMA integrity_check').all();
    const orphans = this.connection.query<{ table: string; parent: string }>('PRAGMA foreign_key_check').all();
    return [
      ...found.filter((line) => line !== 'ok'),
      ...orphans.map(({ table, parent }) => `A row of ${table} refers to a row of ${parent} that does not exist.`),
    ];
  }

  /** Gives the space of removed rows back to the disk. Needs as much free space again while it runs. */
  compact(): void {
    this.connection.exec('VACUUM');
  }

  /** Closes the file and lets another process write to it. Closing twice does nothing. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      if (!this.readonly && !this.#isJoined) this.#settle();
    } finally {
      this.connection.close();
      this.#onClose();
    }
  }

  /**
   * Leaves the file without a write-ahead log: then it is one file that can be copied, and read where nobody may write (such a log needs a
   * shared-memory file beside it). Not possible while others read; they are served by the log, which the next writer settles.
   */
  #settle(): void {
    this.connection.pragma('busy_timeout = 0');
    try {
      this.connection.pragma('journal_mode = DELETE');
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'conflict')) throw error;
    }
  }
}
