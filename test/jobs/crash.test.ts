import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runJob } from '../../electron/jobs/run-job.ts';
import { openProject } from '../../electron/project/open-project.ts';
import { runAndKill } from '../project/killed-process.ts';
import { temporaryProject } from '../project/temporary-project.ts';

const script = fileURLToPath(new URL('checkpoint-loop.ts', import.meta.url));

describe('a process killed while it writes a checkpoint', () => {
  it('leaves the last whole one, and the job goes on from there, killed again and again', async () => {
    const project = temporaryProject();
    project.close();
    let last = 0;
    for (const delayMs of [11, 37, 64]) {
      const lines = await runAndKill(script, [project.path], delayMs);
      expect(Number(lines[0])).toBeGreaterThan(last);
      // The step after the last one printed may have been kept too.
      last = Number(lines.at(-1));
      const again = openProject(project.path);
      expect(again.checkIntegrity()).toEqual([]);
      expect(again.jobs.list()).toMatchObject([{ state: { status: 'interrupted' }, hasCheckpoint: true }]);
      const found = again.checkpoints.latest(1);
      const { step } = found?.meta as { step: number };
      expect([last, last + 1]).toContain(step);
      expect(Buffer.compare(found!.bytes, new Uint8Array(20_000_000).fill(step))).toBe(0);
      again.close();
    }
    const finished = openProject(project.path);
    await runJob(finished, { kind: 'train', params: {} }, ({ checkpoint }) => {
      expect(checkpoint).not.toBeNull();
    });
    expect(finished.checkpoints.latest(1)).toBeNull();
    finished.close();
  });
});
