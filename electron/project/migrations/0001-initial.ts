import type { Migration } from '../migrate.ts';

/**
 * The first schema. Times are milliseconds since 1970. Ids that others may remember (images, classes, models, jobs) use AUTOINCREMENT, so that
 * a removed row's id never comes back as something else.
 */
export const initial: Migration = {
  version: 1,
  sql: `
    PRAGMA application_id = 0x4163636c;

    CREATE TABLE settings (
      key TEXT PRIMARY KEY,
      value TEXT NOT NULL CHECK (json_valid(value))
    ) STRICT, WITHOUT ROWID;

    -- Who writes at present, for messages only: the lock itself is the operating system's.
    CREATE TABLE writer (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      pid INTEGER NOT NULL,
      host TEXT NOT NULL,
      since INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE sources (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      root_path TEXT NOT NULL,
      relative_root TEXT,
      added_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE images (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
      relative_path TEXT NOT NULL,
      content_hash TEXT,
      size_bytes INTEGER NOT NULL,
      modified_ms INTEGER NOT NULL,
      width INTEGER,
      height INTEGER,
      format TEXT,
      status TEXT NOT NULL CHECK (status IN ('ok', 'unreadable', 'missing')),
      problem_code TEXT,
      problem_message TEXT,
      excluded INTEGER NOT NULL DEFAULT 0 CHECK (excluded IN (0, 1)),
      added_at INTEGER NOT NULL,
      CHECK (status <> 'ok' OR (content_hash IS NOT NULL AND width > 0 AND height > 0))
    ) STRICT;
    -- A missing image keeps its old path, which another image may have taken since.
    CREATE UNIQUE INDEX images_present_by_path ON images (source_id, relative_path) WHERE status <> 'missing';
    CREATE INDEX images_by_hash ON images (content_hash);

    -- What a scan has found so far: kept, so that a scan of a large folder can go on after a crash.
    CREATE TABLE scan_entries (
      source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
      relative_path TEXT NOT NULL,
      content_hash TEXT,
      size_bytes INTEGER NOT NULL,
      modified_ms INTEGER NOT NULL,
      width INTEGER,
      height INTEGER,
      format TEXT,
      status TEXT NOT NULL CHECK (status IN ('ok', 'unreadable')),
      problem_code TEXT,
      problem_message TEXT,
      PRIMARY KEY (source_id, relative_path)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE classes (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL CHECK (name <> ''),
      colour TEXT NOT NULL,
      key TEXT,
      position INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      deleted_at INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX classes_by_name ON classes (name) WHERE deleted_at IS NULL;
    CREATE UNIQUE INDEX classes_by_key ON classes (key) WHERE deleted_at IS NULL AND key IS NOT NULL;

    CREATE TABLE labels (
      image_id INTEGER PRIMARY KEY REFERENCES images (id) ON DELETE CASCADE,
      class_id INTEGER NOT NULL REFERENCES classes (id),
      source TEXT NOT NULL CHECK (source IN ('user', 'import', 'suggested-accepted')),
      at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX labels_by_class ON labels (class_id);

    CREATE TABLE label_groups (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      action TEXT NOT NULL CHECK (action IN ('assign', 'clear', 'import', 'accept', 'remove-class', 'merge-classes')),
      removed_class_id INTEGER REFERENCES classes (id),
      at INTEGER NOT NULL,
      undone INTEGER NOT NULL DEFAULT 0 CHECK (undone IN (0, 1))
    ) STRICT;
    CREATE INDEX label_groups_by_undone ON label_groups (undone, id);

    CREATE TABLE label_changes (
      group_id INTEGER NOT NULL REFERENCES label_groups (id) ON DELETE CASCADE,
      image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
      before_class_id INTEGER REFERENCES classes (id),
      before_source TEXT,
      before_at INTEGER,
      after_class_id INTEGER REFERENCES classes (id),
      after_source TEXT,
      PRIMARY KEY (group_id, image_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX label_changes_by_image ON label_changes (image_id);

    CREATE TABLE splits (
      name TEXT NOT NULL,
      image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
      part TEXT NOT NULL,
      PRIMARY KEY (name, image_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX splits_by_image ON splits (image_id);

    CREATE TABLE models (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL,
      arch TEXT NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('base', 'adapted', 'classifier')),
      parent_id INTEGER REFERENCES models (id),
      method TEXT NOT NULL,
      px INTEGER NOT NULL CHECK (px > 0),
      settings TEXT NOT NULL CHECK (json_valid(settings)),
      metrics TEXT NOT NULL CHECK (json_valid(metrics)),
      outputs TEXT CHECK (outputs IS NULL OR json_valid(outputs)),
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX models_by_parent ON models (parent_id);

    CREATE TABLE model_weights (
      model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
      chunk INTEGER NOT NULL,
      bytes BLOB NOT NULL,
      UNIQUE (model_id, chunk)
    ) STRICT;

    CREATE TABLE embedding_sets (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
      px INTEGER NOT NULL,
      dim INTEGER NOT NULL CHECK (dim > 0),
      UNIQUE (model_id, px)
    ) STRICT;

    CREATE TABLE embeddings (
      set_id INTEGER NOT NULL REFERENCES embedding_sets (id) ON DELETE CASCADE,
      image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
      vector BLOB NOT NULL,
      UNIQUE (set_id, image_id)
    ) STRICT;
    CREATE INDEX embeddings_by_image ON embeddings (image_id);

    CREATE TABLE analyses (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      kind TEXT NOT NULL,
      model_id INTEGER REFERENCES models (id) ON DELETE CASCADE,
      params TEXT NOT NULL CHECK (json_valid(params)),
      params_key TEXT NOT NULL,
      summary TEXT NOT NULL CHECK (json_valid(summary)),
      image_ids BLOB,
      value_type TEXT CHECK (value_type IN ('int32', 'float32')),
      image_values BLOB,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX analyses_by_kind ON analyses (kind, model_id, params_key);

    CREATE TABLE suggestion_batches (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      strategy TEXT NOT NULL,
      model_id INTEGER REFERENCES models (id) ON DELETE SET NULL,
      params TEXT NOT NULL CHECK (json_valid(params)),
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX suggestion_batches_by_model ON suggestion_batches (model_id);

    CREATE TABLE suggestions (
      batch_id INTEGER NOT NULL REFERENCES suggestion_batches (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
      reason TEXT NOT NULL,
      score REAL,
      PRIMARY KEY (batch_id, position)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX suggestions_by_image ON suggestions (image_id);

    CREATE TABLE evaluations (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
      split TEXT NOT NULL,
      metrics TEXT NOT NULL CHECK (json_valid(metrics)),
      cases TEXT NOT NULL CHECK (json_valid(cases)),
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX evaluations_by_model ON evaluations (model_id);

    CREATE TABLE predictions (
      model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
      image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
      probabilities BLOB NOT NULL,
      PRIMARY KEY (model_id, image_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX predictions_by_image ON predictions (image_id);

    CREATE TABLE jobs (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      kind TEXT NOT NULL,
      params TEXT NOT NULL CHECK (json_valid(params)),
      params_key TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted')),
      phase TEXT NOT NULL DEFAULT '',
      done INTEGER NOT NULL DEFAULT 0,
      total INTEGER,
      result TEXT CHECK (result IS NULL OR json_valid(result)),
      error_code TEXT,
      error_message TEXT,
      pid INTEGER,
      created_at INTEGER NOT NULL,
      started_at INTEGER,
      updated_at INTEGER NOT NULL,
      finished_at INTEGER
    ) STRICT;
    CREATE INDEX jobs_by_command ON jobs (kind, params_key);
    CREATE INDEX jobs_by_status ON jobs (status);

    CREATE TABLE checkpoints (
      job_id INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
      seq INTEGER NOT NULL,
      meta TEXT NOT NULL CHECK (json_valid(meta)),
      size_bytes INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      PRIMARY KEY (job_id, seq)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE checkpoint_chunks (
      job_id INTEGER NOT NULL,
      seq INTEGER NOT NULL,
      chunk INTEGER NOT NULL,
      bytes BLOB NOT NULL,
      UNIQUE (job_id, seq, chunk),
      FOREIGN KEY (job_id, seq) REFERENCES checkpoints (job_id, seq) ON DELETE CASCADE
    ) STRICT;
  `,
};
