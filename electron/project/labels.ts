/** The label of each image, and the journal that lets every change of labels be undone and redone, also after a restart. */
import { AppError } from '../contract/errors.ts';
import { idList } from './columns.ts';
import type { Connection } from './connection.ts';

/** How a label came: one by one, from outside, as a suggestion, with many others at once, or from a near-copy of the image. */
export type LabelSource = 'user' | 'import' | 'suggested-accepted' | 'bulk' | 'propagated';

/** What a group of label changes did. */
export type LabelAction = 'assign' | 'clear' | 'import' | 'accept' | 'remove-class' | 'merge-classes';

export interface Label {
  readonly classId: number;
  readonly source: LabelSource;
  readonly at: number;
}

/** One undoable change: every label it touched changes together. */
export interface LabelChange {
  readonly groupId: number;
  readonly action: LabelAction;
  readonly imageIds: Int32Array;
}

const actions: Readonly<Record<LabelSource, LabelAction>> = {
  user: 'assign',
  import: 'import',
  'suggested-accepted': 'accept',
  bulk: 'assign',
  propagated: 'assign',
};

/** The setting that names who labels at present; null or missing for nobody in particular. */
export const annotatorSetting = 'annotator';

interface GroupRow {
  readonly id: number;
  readonly action: LabelAction;
  readonly removed_class_id: number | null;
  readonly at: number;
}

/** A group all of whose images have been forgotten since is nothing a person could see undone. */
const selectGroups = `SELECT * FROM label_groups g
  WHERE (removed_class_id IS NOT NULL OR EXISTS (SELECT 1 FROM label_changes c WHERE c.group_id = g.id))`;

/** Notes images and the labels they are to get (none where class_id is null), leaving out what would not change. */
const noteChanges = `
  INSERT INTO label_changes (group_id, image_id, before_class_id, before_source, before_at, after_class_id, after_source)
  SELECT @groupId, wanted.image_id, l.class_id, l.source, l.at, wanted.class_id, CASE WHEN wanted.class_id IS NULL THEN NULL ELSE @source END
  FROM (SELECT value ->> 0 AS image_id, value ->> 1 AS class_id, max(key) FROM json_each(@wanted) GROUP BY value ->> 0) wanted
  LEFT JOIN labels l ON l.image_id = wanted.image_id
  WHERE l.class_id IS NOT wanted.class_id`;

const noteClassChanges = `
  INSERT INTO label_changes (group_id, image_id, before_class_id, before_source, before_at, after_class_id, after_source)
  SELECT @groupId, image_id, class_id, source, at, @intoId, CASE WHEN @intoId IS NULL THEN NULL ELSE source END FROM labels WHERE class_id = @classId`;

/** The labels of a project. */
export class LabelTable {
  readonly #db: Connection;
  readonly #now: () => number;

  constructor(connection: Connection, now: () => number) {
    this.#db = connection;
    this.#now = now;
  }

  /** The label of an image, or null. */
  get(imageId: number): Label | null {
    return this.#db.query<Label>('SELECT class_id AS classId, source, at FROM labels WHERE image_id = ?').get(imageId) ?? null;
  }

  /** Every label: image `imageIds[i]` has class `classIds[i]`; ordered by image. */
  all(): { imageIds: Int32Array; classIds: Int32Array } {
    const rows = this.#db.query<{ image_id: number; class_id: number }>('SELECT image_id, class_id FROM labels ORDER BY image_id').all();
    return { imageIds: Int32Array.from(rows, (row) => row.image_id), classIds: Int32Array.from(rows, (row) => row.class_id) };
  }

  /** The class of each of these images, 0 for none, in this order. */
  classesOf(imageIds: Int32Array): Int32Array {
    const sql = `SELECT coalesce(l.class_id, 0) FROM json_each(?) wanted LEFT JOIN labels l ON l.image_id = wanted.value ORDER BY wanted.key`;
    return Int32Array.from(this.#db.values<number>(sql).all(idList(imageIds)));
  }

  /** Who gave each image its present label, by image; images are left out whose labels nobody put a name to. */
  annotators(): ReadonlyMap<number, string> {
    const sql = `SELECT c.image_id, g.annotator FROM label_changes c JOIN label_groups g ON g.id = c.group_id
      JOIN labels l ON l.image_id = c.image_id WHERE g.undone = 0 ORDER BY g.id`;
    const rows = this.#db.query<{ image_id: number; annotator: string | null }>(sql).all();
    const latest = new Map(rows.map(({ image_id: id, annotator }) => [id, annotator] as const));
    return new Map([...latest].flatMap(([id, annotator]) => (annotator === null ? [] : [[id, annotator] as const])));
  }

  /** How many images have a label. */
  count(): number {
    return this.#db.values<number>('SELECT count(*) FROM labels').get() ?? 0;
  }

  /** How many images of one part of a split have a label. */
  countIn(split: string, part: string): number {
    const sql = 'SELECT count(*) FROM labels l JOIN splits s ON s.name = ? AND s.image_id = l.image_id AND s.part = ?';
    return this.#db.values<number>(sql).get(split, part) ?? 0;
  }

  /** Gives every image this class. Returns the change, or null where all had it already. Throws `not-found` for an unknown class or image. */
  assign(imageIds: Iterable<number>, classId: number, source: LabelSource = 'user'): LabelChange | null {
    return this.assignEach(
      Array.from(imageIds, (imageId) => ({ imageId, classId })),
      source,
    );
  }

  /** Gives every image its own class, as one change. Of two entries for one image the later counts. Throws as `assign` does. */
  assignEach(entries: readonly { readonly imageId: number; readonly classId: number }[], source: LabelSource = 'user'): LabelChange | null {
    return this.#db.transaction(() => {
      this.#requireClasses(new Set(entries.map((entry) => entry.classId)));
      return this.#record(
        entries.map((entry) => [entry.imageId, entry.classId] as const),
        actions[source],
        source,
      );
    });
  }

  /** Takes the labels of these images away. Returns the change, or null where none had one. */
  clear(imageIds: Iterable<number>): LabelChange | null {
    const wanted = Array.from(imageIds, (imageId) => [imageId, null] as const);
    return this.#db.transaction(() => this.#record(wanted, 'clear', 'user'));
  }

  /** Removes a class and the labels that name it, as one change that undo brings back. Throws `not-found`. */
  removeClass(classId: number): LabelChange {
    return this.#db.transaction(() => this.#retireClass(classId, null, 'remove-class'));
  }

  /** Gives the labels of class `fromId` to class `intoId` and removes the former, as one change. Throws `not-found`, `invalid-input`. */
  mergeClasses(fromId: number, intoId: number): LabelChange {
    if (fromId === intoId) throw new AppError('invalid-input', 'A class cannot be merged with itself. Choose two classes.');
    return this.#db.transaction(() => {
      this.#requireClasses([intoId]);
      return this.#retireClass(fromId, intoId, 'merge-classes');
    });
  }

  /** What undo and redo would do next, or null where there is nothing to do. */
  history(): { undo: LabelAction | null; redo: LabelAction | null } {
    return { undo: this.#nextUndo()?.action ?? null, redo: this.#nextRedo()?.action ?? null };
  }

  /** Takes the last change back, whole. Returns it, or null where nothing is left. Throws `conflict` where a removed class cannot come back. */
  undo(): LabelChange | null {
    return this.#db.transaction(() => {
      const group = this.#nextUndo();
      if (!group) return null;
      if (group.removed_class_id !== null) this.#restoreClass(group.removed_class_id);
      const { id: groupId } = group;
      this.#db.query('DELETE FROM labels WHERE image_id IN (SELECT image_id FROM label_changes WHERE group_id = ?)').run(groupId);
      this.#db
        .query(
          `INSERT INTO labels (image_id, class_id, source, at) SELECT image_id, before_class_id, before_source, before_at FROM label_changes
          WHERE group_id = ? AND before_class_id IS NOT NULL`,
        )
        .run(groupId);
      return this.#mark(group, true);
    });
  }

  /** Does the last undone change again. Returns it, or null where there is none. */
  redo(): LabelChange | null {
    return this.#db.transaction(() => {
      const group = this.#nextRedo();
      if (!group) return null;
      this.#apply(group);
      return this.#mark(group, false);
    });
  }

  #nextUndo(): GroupRow | undefined {
    return this.#db.query<GroupRow>(`${selectGroups} AND undone = 0 ORDER BY id DESC LIMIT 1`).get();
  }

  #nextRedo(): GroupRow | undefined {
    return this.#db.query<GroupRow>(`${selectGroups} AND undone = 1 ORDER BY id LIMIT 1`).get();
  }

  #record(wanted: readonly (readonly [number, number | null])[], action: LabelAction, source: LabelSource): LabelChange | null {
    const list = JSON.stringify(wanted);
    this.#requireImages(wanted.map((entry) => entry[0]));
    const group = this.#begin(action, null);
    const { numChanged } = this.#db.query(noteChanges).run({ groupId: group.id, source, wanted: list });
    if (numChanged === 0) {
      this.#db.query('DELETE FROM label_groups WHERE id = ?').run(group.id);
      return null;
    }
    return this.#commit(group);
  }

  #retireClass(classId: number, intoId: number | null, action: LabelAction): LabelChange {
    this.#requireClasses([classId]);
    const group = this.#begin(action, classId);
    this.#db.query(noteClassChanges).run({ groupId: group.id, classId, intoId });
    return this.#commit(group);
  }

  #begin(action: LabelAction, removedClassId: number | null): GroupRow {
    const at = this.#now();
    const sql = `INSERT INTO label_groups (action, removed_class_id, at, annotator)
      VALUES (?, ?, ?, (SELECT value ->> '$' FROM settings WHERE key = ?))`;
    const { id } = this.#db.query(sql).run(action, removedClassId, at, annotatorSetting);
    return { id, action, removed_class_id: removedClassId, at };
  }

  /** A new change ends what could be redone. */
  #commit(group: GroupRow): LabelChange {
    this.#db.query('DELETE FROM label_groups WHERE undone = 1').run();
    this.#apply(group);
    return this.#describe(group);
  }

  #apply(group: GroupRow): void {
    this.#db
      .query('DELETE FROM labels WHERE image_id IN (SELECT image_id FROM label_changes WHERE group_id = ? AND after_class_id IS NULL)')
      .run(group.id);
    this.#db
      .query(
        `INSERT OR REPLACE INTO labels (image_id, class_id, source, at) SELECT image_id, after_class_id, after_source, ? FROM label_changes
        WHERE group_id = ? AND after_class_id IS NOT NULL`,
      )
      .run(group.at, group.id);
    if (group.removed_class_id !== null) {
      this.#db.query('UPDATE classes SET deleted_at = ? WHERE id = ?').run(group.at, group.removed_class_id);
    }
  }

  #mark(group: GroupRow, isUndone: boolean): LabelChange {
    this.#db.query('UPDATE label_groups SET undone = ? WHERE id = ?').run(Number(isUndone), group.id);
    return this.#describe(group);
  }

  #describe(group: GroupRow): LabelChange {
    const imageIds = this.#db.values<number>('SELECT image_id FROM label_changes WHERE group_id = ? ORDER BY image_id').all(group.id);
    return { groupId: group.id, action: group.action, imageIds: Int32Array.from(imageIds) };
  }

  #requireClasses(classIds: Iterable<number>): void {
    const sql = 'SELECT value FROM json_each(?) WHERE value NOT IN (SELECT id FROM classes WHERE deleted_at IS NULL) LIMIT 1';
    const unknown = this.#db.values<number>(sql).get(idList(classIds));
    if (unknown !== undefined)
      throw new AppError('not-found', `There is no class number ${unknown}. It may have been removed; choose another.`);
  }

  #requireImages(imageIds: readonly number[]): void {
    const sql = 'SELECT value FROM json_each(?) WHERE value NOT IN (SELECT id FROM images) LIMIT 1';
    const unknown = this.#db.values<number>(sql).get(idList(imageIds));
    if (unknown !== undefined) throw new AppError('not-found', `The project has no image number ${unknown}. Scan its folder again.`);
  }

  #restoreClass(classId: number): void {
    const sql = `SELECT taken.name, taken.key, gone.name AS old_name FROM classes gone JOIN classes taken ON taken.deleted_at IS NULL
      AND (taken.name = gone.name OR taken.key = gone.key) WHERE gone.id = ?`;
    const taken = this.#db.query<{ name: string; key: string | null; old_name: string }>(sql).get(classId);
    if (taken && taken.name === taken.old_name) {
      throw new AppError('conflict', `A new class is named ${taken.name}. Rename it, then undo again to bring the removed class back.`);
    }
    if (taken) this.#db.query('UPDATE classes SET key = NULL WHERE id = ?').run(classId);
    this.#db.query('UPDATE classes SET deleted_at = NULL WHERE id = ?').run(classId);
  }
}
