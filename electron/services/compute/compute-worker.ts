/**
 * A computing thread of the engine. ONNX Runtime blocks the thread that calls it, so jobs run here, each on a workspace of its own beside the
 * engine's; the engine's thread goes on answering.
 */
import { parentPort } from 'node:worker_threads';
import type { Progress } from '../../contract/progress.ts';
import { toWireError } from '../../contract/result.ts';
import type { WireError } from '../../contract/result.ts';
import { Interruption } from '../../jobs/interruption.ts';
import { runQueuedJob } from '../../jobs/run-job.ts';
import { prepareJob } from '../app-jobs/all.ts';
import { openWorkspace } from '../workspace.ts';
import type { Workspace } from '../workspace.ts';
import type { ComputeSetup, FromThread, StopKind, ToThread } from './messages.ts';
import { runTask } from './tasks.ts';

interface Running {
  readonly stop: AbortController;
  readonly finish: AbortController;
}

const running = new Map<number, Running>();

const post = (message: FromThread, transfer: ArrayBuffer[] = []): void => parentPort?.postMessage(message, transfer);
const warn = (message: string): void => post({ type: 'warning', message });

function cancellation(): Error {
  const error = new Error('The job was cancelled.');
  error.name = 'AbortError';
  return error;
}

function stopJob(jobId: number, how: StopKind): void {
  const job = running.get(jobId);
  switch (how) {
    case 'finish':
      return job?.finish.abort();
    case 'pause':
      return job?.stop.abort(new Interruption('The job was paused.'));
    case 'cancel':
      return job?.stop.abort(cancellation());
    default:
      return how satisfies never;
  }
}

async function runJob({ jobId, kind, request, setup }: Extract<ToThread, { type: 'job' }>): Promise<void> {
  const controls: Running = { stop: new AbortController(), finish: new AbortController() };
  running.set(jobId, controls);
  let workspace: Workspace | null = null;
  let error: WireError | null = null;
  try {
    const job = prepareJob(kind, request);
    let forward: (progress: Progress) => void = () => undefined;
    const opened = openWorkspace({
      ...setup,
      joined: true,
      signal: controls.stop.signal,
      onWarning: warn,
      onJob: ({ state, progress }) => {
        if (state.status === 'running' && progress.phase !== '') forward(progress);
      },
    });
    workspace = opened;
    const work = async (ctx: { readonly onProgress: (progress: Progress) => void; readonly signal: AbortSignal }): Promise<string> => {
      forward = ctx.onProgress;
      return await job.run(opened, {
        signal: ctx.signal,
        onProgress: ctx.onProgress,
        finish: controls.finish.signal,
        onTraining: (training) => post({ type: 'training', jobId, training }),
        onChanged: (parts) => post({ type: 'changed', jobId, parts }),
      });
    };
    const onSnapshot = (snapshot: Extract<FromThread, { type: 'snapshot' }>['snapshot']): void =>
      post({ type: 'snapshot', jobId, snapshot });
    await runQueuedJob(opened.project, jobId, work, { signal: controls.stop.signal, onSnapshot });
  } catch (cause) {
    error = toWireError(cause);
  } finally {
    running.delete(jobId);
    workspace?.close();
    post({ type: 'ended', jobId, error });
  }
}

async function answer({ id, name, input, setup }: Extract<ToThread, { type: 'task' }>): Promise<void> {
  let workspace: Workspace | null = null;
  try {
    workspace = openTaskWorkspace(setup);
    const value = await runTask(workspace, name, input);
    post({ type: 'answer', id, result: { ok: true, value } });
  } catch (error) {
    post({ type: 'answer', id, result: { ok: false, error: toWireError(error) } });
  } finally {
    workspace?.close();
  }
}

function openTaskWorkspace(setup: ComputeSetup): Workspace {
  return openWorkspace({ ...setup, joined: true, onWarning: warn });
}

parentPort?.on('message', (message: ToThread) => {
  switch (message.type) {
    case 'job':
      return void runJob(message);
    case 'stop': {
      stopJob(message.jobId, message.how);
      return;
    }
    case 'task':
      return void answer(message);
    default:
      return message satisfies never;
  }
});
