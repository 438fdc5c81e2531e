import { describe, expect, it } from 'vitest';
import type { Project } from '../../electron/project/project.ts';
import { runJob } from '../../electron/jobs/run-job.ts';
import { openProject } from '../../electron/project/open-project.ts';
import { addImages, temporaryProject } from './temporary-project.ts';

/** Lets the file grow by no more than a page, as a full disk would. */
function fillDisk(project: Project): () => void {
  // Free pages inside the file would still take something in.
  project.compact();
  const numPages = project.connection.pragma('page_count') as number;
  project.connection.pragma(`max_page_count = ${numPages + 1}`);
  return () => project.connection.pragma('max_page_count = 1000000');
}

const full = expect.objectContaining({ code: 'io', message: expect.stringContaining('is full') as string }) as Error;

describe('a full disk', () => {
  it('is told plainly and costs nothing that was saved', () => {
    const project = temporaryProject();
    const ids = addImages(project, 2_000);
    const { id: finch } = project.classes.add({ name: 'finch', colour: '' });
    project.labels.assign(ids.slice(0, 3), finch);
    const empty = fillDisk(project);
    expect(() => project.labels.assign(ids, finch)).toThrow(full);
    expect(() =>
      project.scans.add(
        1,
        Array.from(
          { length: 2_000 },
          (_, i) =>
            ({
              relativePath: `${i}`,
              contentHash: null,
              sizeBytes: 1,
              modifiedMs: 1,
              status: 'unreadable',
              problem: { code: 'x', message: 'y' },
            }) as const,
        ),
      ),
    ).toThrow(full);
    expect(project.labels.all().imageIds).toEqual(Int32Array.from(ids.slice(0, 3)));
    expect(project.checkIntegrity()).toEqual([]);
    empty();
    expect(project.labels.assign(ids, finch)?.imageIds).toHaveLength(1_997);
    project.close();
    const again = openProject(project.path);
    expect(again.checkIntegrity()).toEqual([]);
    expect(again.labels.all().imageIds).toHaveLength(2_000);
    again.close();
  });

  it('keeps the checkpoint before the one that did not fit', async () => {
    const project = temporaryProject();
    const command = { kind: 'train', params: {} };
    let empty = (): void => undefined;
    const work = runJob(project, command, (context) => {
      context.saveCheckpoint({ step: 1 }, new Uint8Array(50_000).fill(1));
      empty = fillDisk(project);
      context.saveCheckpoint({ step: 2 }, new Uint8Array(5_000_000).fill(2));
    });
    await expect(work).rejects.toThrow(full);
    expect(project.jobs.get(1).state).toMatchObject({ status: 'failed', error: { code: 'io' } });
    empty();
    await runJob(project, command, (context) => {
      expect(context.checkpoint).toMatchObject({ meta: { step: 1 } });
      expect(context.checkpoint?.bytes).toEqual(new Uint8Array(50_000).fill(1));
    });
  });
});
