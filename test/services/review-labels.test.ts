import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reviewHandlers } from '../../electron/services/api/review.ts';
import { trainJob } from '../../electron/services/app-jobs/train.ts';
import { importFolders } from '../../electron/services/intake/import-folder.ts';
import { conflictingCopies } from '../../electron/services/labelling/conflicting-copies.ts';
import { readReview, reviewLabels } from '../../electron/services/labelling/review-labels.ts';
import { jobContext, pictureProject } from './labelled-project.ts';
import type { LabelledProject } from './labelled-project.ts';

const request = { finetune: false, flip: false, seed: 1, alongside: null } as const;

/** 20 images of each of two colours, two of them labelled wrongly. */
async function withMistakes(): Promise<LabelledProject & { readonly wrong: number[] }> {
  const made = await pictureProject({ red: 20, blue: 20 });
  const { labels } = made.workspace.project;
  labels.assign(made.ids('red'), made.classId('red'));
  labels.assign(made.ids('blue'), made.classId('blue'));
  const wrong = [made.ids('red')[3]!, made.ids('red')[11]!];
  labels.assign(wrong, made.classId('blue'));
  return { ...made, wrong };
}

describe('labels to look at again', () => {
  it('are the wrong ones, come with a training, and go once they are put right or found right, for good', async () => {
    const { workspace, host, wrong, classId } = await withMistakes();
    const handlers = reviewHandlers(host);
    const read = () => handlers['review.read']({}) as ReturnType<typeof readReview>;
    expect(read()).toBeNull();
    await trainJob.run(workspace, request, jobContext());
    const first = read()!;
    const mislabelled = first.items.filter(({ reasons }) => reasons.includes('mislabelled'));
    expect(mislabelled.map(({ imageId }) => imageId).sort((a, b) => a - b)).toEqual(wrong);
    expect(mislabelled[0]).toMatchObject({ classId: classId('blue'), likelyId: classId('red') });
    expect(mislabelled[0]!.margin).toBeLessThan(0.3);
    expect(first).toMatchObject({ isStale: false, numLabels: 40, numDone: 0 });

    workspace.project.labels.assign([wrong[0]!], classId('red'));
    expect(read()!.items.map(({ imageId }) => imageId)).not.toContain(wrong[0]);
    expect(read()!.items.map(({ imageId }) => imageId)).toContain(wrong[1]);
    expect(await handlers['review.confirm']({ ids: [wrong[1]!], isRight: true })).toEqual({ ids: Int32Array.of(wrong[1]!) });
    expect(read()!.items.map(({ imageId }) => imageId)).not.toContain(wrong[1]);

    // A new training does not ask again, until the mark is taken back.
    await trainJob.run(workspace, request, jobContext());
    expect(read()!.items.map(({ imageId }) => imageId)).not.toContain(wrong[1]);
    await handlers['review.confirm']({ ids: [wrong[1]!], isRight: false });
    expect(read()!.items.map(({ imageId }) => imageId)).toContain(wrong[1]);
  });

  it('are copies that have different labels', async () => {
    const { workspace, folder, ids, classId } = await pictureProject({ red: 8, blue: 8 });
    const { project } = workspace;
    const copied = join(folder, 'pictures', 'copies');
    mkdirSync(copied);
    copyFileSync(join(folder, 'pictures', 'red', 'red-02.png'), join(copied, 'again.png'));
    await importFolders(workspace, [join(folder, 'pictures')]);
    project.labels.assign(ids('red'), classId('red'));
    project.labels.assign(ids('blue'), classId('blue'));
    expect(conflictingCopies(workspace)).toEqual([]);
    const [original, copy] = [ids('red')[2]!, ids('copies')[0]!];
    project.labels.assign([copy], classId('blue'));
    expect(conflictingCopies(workspace).sort((a, b) => a.imageId - b.imageId)).toEqual([
      { imageId: original, classId: classId('red'), copies: [copy] },
      { imageId: copy, classId: classId('blue'), copies: [original] },
    ]);
    await trainJob.run(workspace, request, jobContext());
    const conflicts = readReview(workspace)!.items.filter(({ reasons }) => reasons.includes('conflict'));
    expect(conflicts.map(({ imageId }) => imageId).sort((a, b) => a - b)).toEqual([original, copy]);
    project.labels.assign([copy], classId('red'));
    const left = readReview(workspace)!.items;
    expect(left.map(({ imageId }) => imageId)).not.toContain(copy);
    expect(left.filter(({ imageId }) => imageId === original).every(({ reasons }) => reasons.length > 1)).toBe(true);
  });

  it('need a classifier', async () => {
    const { workspace } = await pictureProject({ red: 2 });
    await expect(reviewLabels(workspace, {}, jobContext())).rejects.toThrow('Train a classifier first');
  });
});
