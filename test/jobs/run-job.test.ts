import { describe, expect, it } from 'vitest';
import { AppError } from '../../electron/contract/errors.ts';
import { Interruption } from '../../electron/jobs/interruption.ts';
import { enqueueJob, runJob, runQueuedJob } from '../../electron/jobs/run-job.ts';
import type { JobContext, JobSnapshot } from '../../electron/jobs/run-job.ts';
import { openProject } from '../../electron/project/open-project.ts';
import { temporaryProject } from '../project/temporary-project.ts';
import { ManualClock } from './manual-clock.ts';

const command = { kind: 'train', params: { epochs: 3, seed: 1 } };

/** Counts to 10, keeping a checkpoint after each number; aborts itself at `stopAt`. */
function countTo10(controller: AbortController, stopAt: number, reason?: unknown): (context: JobContext) => number[] {
  return ({ checkpoint, signal, onProgress, saveCheckpoint }) => {
    const seen: number[] = [];
    for (let i = ((checkpoint?.meta as { i: number } | undefined)?.i ?? 0) + 1; i <= 10; i++) {
      if (i === stopAt) controller.abort(reason);
      signal.throwIfAborted();
      seen.push(i);
      saveCheckpoint({ i }, Uint8Array.of(i));
      onProgress({ phase: 'count', done: i, total: 10 });
    }
    return seen;
  };
}

describe('runJob', () => {
  it('keeps the result, drops the checkpoints and tells its listener', async () => {
    const project = temporaryProject();
    const snapshots: JobSnapshot[] = [];
    const result = await runJob(project, command, countTo10(new AbortController(), 99), {
      onSnapshot: (each) => snapshots.push(each),
      clock: new ManualClock(),
    });
    expect(result).toHaveLength(10);
    expect(snapshots.map((each) => each.state.status)).toEqual(['running', 'succeeded']);
    const job = project.jobs.get(1);
    expect(job).toMatchObject({
      state: { status: 'succeeded', result },
      progress: { phase: 'count', done: 10, total: 10 },
      hasCheckpoint: false,
      pid: null,
    });
    expect(project.connection.values('SELECT count(*) FROM checkpoint_chunks').get()).toBe(0);
    // A command that succeeded is a new job the next time.
    await runJob(project, command, () => undefined);
    expect(project.jobs.list().map((each) => each.id)).toEqual([2, 1]);
    expect(project.jobs.get(2).state).toEqual({ status: 'succeeded', result: null });
  });

  it.each([
    ['cancelled', undefined],
    ['cancelled', new Error('enough')],
    ['interrupted', new Interruption()],
  ])('is %s by the signal and goes on where it stopped', async (status, reason) => {
    const project = temporaryProject();
    const controller = new AbortController();
    await expect(runJob(project, command, countTo10(controller, 6, reason), { signal: controller.signal })).rejects.toBe(
      controller.signal.reason,
    );
    expect(project.jobs.get(1)).toMatchObject({ state: { status }, progress: { done: 5 }, hasCheckpoint: true });
    expect(project.connection.values('SELECT seq FROM checkpoints ORDER BY seq').all()).toEqual([4, 5]);
    project.close();
    const again = openProject(project.path);
    expect(await runJob(again, { kind: 'train', params: { seed: 1, epochs: 3 } }, countTo10(controller, 99))).toEqual([6, 7, 8, 9, 10]);
    expect(again.jobs.list()).toHaveLength(1);
    again.close();
  });

  it('records what went wrong, and goes on from the checkpoint or starts over', async () => {
    const project = temporaryProject();
    const fail = (error: Error) => (context: JobContext) => {
      context.saveCheckpoint({ i: 8 }, new Uint8Array(0));
      throw error;
    };
    await expect(runJob(project, command, fail(new AppError('unstable', 'Lower the rate.')))).rejects.toThrow('Lower the rate.');
    expect(project.jobs.get(1).state).toEqual({ status: 'failed', error: { code: 'unstable', message: 'Lower the rate.' } });
    await expect(runJob(project, command, fail(new TypeError('x is not a function')))).rejects.toThrow(TypeError);
    expect(project.jobs.get(1).state).toEqual({ status: 'failed', error: { code: 'internal', message: 'x is not a function' } });
    const controller = new AbortController();
    expect(await runJob(project, command, countTo10(controller, 99))).toEqual([9, 10]);
    await expect(runJob(project, command, fail(new Error('no')))).rejects.toThrow('no');
    expect(await runJob(project, { ...command, startOver: true }, countTo10(controller, 99))).toHaveLength(10);
  });

  it('calls an error that is not the abort a failure', async () => {
    const project = temporaryProject();
    const controller = new AbortController();
    const work = (): never => {
      controller.abort();
      throw new AppError('io', 'The disk is full.');
    };
    await expect(runJob(project, command, work, { signal: controller.signal })).rejects.toThrow('The disk is full.');
    expect(project.jobs.get(1).state.status).toBe('failed');
  });

  it('refuses a second run of the same command, not of another', async () => {
    const project = temporaryProject();
    await runJob(project, command, async () => {
      await expect(runJob(project, command, () => 1)).rejects.toThrow(expect.objectContaining({ code: 'conflict' }));
      expect(() => project.jobs.remove(1)).toThrow(expect.objectContaining({ code: 'conflict' }));
      expect(await runJob(project, { ...command, params: { epochs: 4 } }, () => 2)).toBe(2);
    });
    expect(project.jobs.get(1).state.status).toBe('succeeded');
    project.jobs.remove(1);
    expect(() => project.jobs.get(1)).toThrow(expect.objectContaining({ code: 'not-found' }));
  });

  it('may wait in the queue and be cancelled there', async () => {
    const project = temporaryProject();
    const { id, state } = enqueueJob(project, command);
    expect(state).toEqual({ status: 'queued' });
    expect(enqueueJob(project, command).id).toBe(id);
    await expect(runQueuedJob(project, id, () => 1, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/);
    expect(project.jobs.get(id).state.status).toBe('cancelled');
    await expect(runQueuedJob(project, id, () => 1)).rejects.toThrow(expect.objectContaining({ code: 'conflict' }));
  });

  it('is interrupted by the death of its process', () => {
    const project = temporaryProject();
    const queued = enqueueJob(project, { kind: 'embed', params: {} });
    void runJob(project, command, () => new Promise(() => undefined));
    project.close();
    const reader = openProject(project.path, { readonly: true });
    expect(reader.jobs.get(2).state.status).toBe('running');
    reader.close();
    const again = openProject(project.path);
    expect([again.jobs.get(queued.id).state.status, again.jobs.get(2).state.status]).toEqual(['interrupted', 'interrupted']);
    again.close();
  });

  it('snapshots progress at most ten times a second, whole and with an estimate', async () => {
    const project = temporaryProject();
    const clock = new ManualClock();
    const heard: { atMs: number; snapshot: JobSnapshot }[] = [];
    await runJob(
      project,
      command,
      ({ onProgress, jobId }) => {
        for (let done = 0; done <= 300; done++) {
          onProgress({ phase: 'train', done, total: 400 });
          clock.advance(10);
        }
        onProgress({ phase: 'check', done: 0, total: null });
        clock.advance(60_000);
        expect(heard.at(-1)?.snapshot.state).toEqual({ status: 'running', phase: 'check', done: 0, total: null });
        // In the file it is written once a second, and with every new phase.
        expect(project.jobs.get(jobId).progress).toMatchObject({ phase: 'check' });
      },
      { clock, onSnapshot: (snapshot) => heard.push({ atMs: clock.now(), snapshot }) },
    );
    const gaps = heard.slice(1, -1).map(({ atMs }, i) => atMs - heard[i]!.atMs);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(100);
    expect(heard).toHaveLength(33);
    const middle = heard.find(({ atMs }) => atMs === 2_000)!.snapshot;
    expect(middle.state).toEqual({ status: 'running', phase: 'train', done: 199, total: 400 });
    expect(middle.remainingMs).toBeCloseTo(201 * 10 - 10, 0);
    expect(heard.at(-1)?.snapshot).toMatchObject({ state: { status: 'succeeded' }, remainingMs: null });
    expect(clock.numTimers).toBe(0);
  });
});
