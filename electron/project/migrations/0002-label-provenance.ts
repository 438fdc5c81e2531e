import type { Migration } from '../migrate.ts';

/**
 * Labels given many at once or passed on to near-copies say so; a label can be marked as looked at and right; every change of labels may name
 * who made it; and the answers of another person about the same images are kept beside the labels.
 */
export const labelProvenance: Migration = {
  version: 2,
  sql: `
    -- Nothing refers to this table, so it can be made anew with a wider CHECK.
    CREATE TABLE labels_wider (
      image_id INTEGER PRIMARY KEY REFERENCES images (id) ON DELETE CASCADE,
      class_id INTEGER NOT NULL REFERENCES classes (id),
      source TEXT NOT NULL CHECK (source IN ('user', 'import', 'suggested-accepted', 'bulk', 'propagated')),
      at INTEGER NOT NULL
    ) STRICT;
    INSERT INTO labels_wider (image_id, class_id, source, at) SELECT image_id, class_id, source, at FROM labels;
    DROP TABLE labels;
    ALTER TABLE labels_wider RENAME TO labels;
    CREATE INDEX labels_by_class ON labels (class_id);

    -- Counts while the image has a label of this class.
    CREATE TABLE label_reviews (
      image_id INTEGER PRIMARY KEY REFERENCES images (id) ON DELETE CASCADE,
      class_id INTEGER NOT NULL REFERENCES classes (id),
      at INTEGER NOT NULL
    ) STRICT;

    ALTER TABLE label_groups ADD COLUMN annotator TEXT;

    CREATE TABLE second_labels (
      annotator TEXT NOT NULL CHECK (annotator <> ''),
      image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
      class_id INTEGER NOT NULL REFERENCES classes (id),
      at INTEGER NOT NULL,
      PRIMARY KEY (annotator, image_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX second_labels_by_image ON second_labels (image_id);
  `,
};
