/** Where a training job goes on from, and how it keeps its checkpoints. */
import { AppError } from '../../contract/errors.ts';
import type { JobContext } from '../../jobs/run-job.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../learn/checkpoint.ts';
import type { Checkpoint } from '../../learn/checkpoint.ts';
import type { RunSettings } from '../../learn/training-run.ts';
import type { Workspace } from '../workspace.ts';

/** The state an earlier attempt left; undefined on a fresh start, and with a warning where it can no longer be used. */
function earlierState({ warn }: Workspace, { checkpoint }: JobContext): Checkpoint | undefined {
  if (checkpoint === null) return undefined;
  try {
    return decodeCheckpoint({ meta: String(checkpoint.meta), bytes: checkpoint.bytes });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    warn('The unfinished training of before cannot be taken up by this version of Acclimate, so it starts from the beginning.');
    return undefined;
  }
}

/** What `adapt` and `finetune` need to go on where an earlier attempt at the job stopped, and to leave checkpoints for the next. */
export function checkpointing(
  workspace: Workspace,
  ctx: JobContext,
): Pick<RunSettings, 'resumeFrom' | 'onCheckpoint' | 'checkpointEverySeconds'> {
  const resumeFrom = earlierState(workspace, ctx);
  return {
    ...(resumeFrom && { resumeFrom }),
    checkpointEverySeconds: workspace.checkpointEverySeconds,
    onCheckpoint: (checkpoint) => {
      const { meta, bytes } = encodeCheckpoint(checkpoint);
      ctx.saveCheckpoint(meta, bytes);
    },
  };
}
