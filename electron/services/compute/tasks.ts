/** Short pieces of work for a computing thread that are no jobs: nothing of them is kept. */
import type { PictureStrip } from '../../contract/domain.ts';
import { measureAdaptation } from '../adaptation/measure-adaptation.ts';
import type { MeasureRequest } from '../adaptation/measure-adaptation.ts';
import { previewAugmentation } from '../adaptation/preview-augmentation.ts';
import type { PreviewRequest } from '../adaptation/preview-augmentation.ts';
import type { Workspace } from '../workspace.ts';

export interface TaskInputs {
  readonly preview: PreviewRequest;
  readonly measure: MeasureRequest;
}

export interface TaskResults {
  readonly preview: { readonly originals: PictureStrip; readonly views: PictureStrip };
  /** Images per second. */
  readonly measure: number;
}

export type TaskName = keyof TaskInputs;

/** Does one task. Throws what it throws. */
export async function runTask<Name extends TaskName>(workspace: Workspace, name: Name, input: TaskInputs[Name]): Promise<TaskResults[Name]>;
export async function runTask(workspace: Workspace, name: TaskName, input: TaskInputs[TaskName]): Promise<TaskResults[TaskName]> {
  switch (name) {
    case 'preview':
      return await previewAugmentation(workspace, input as PreviewRequest);
    case 'measure':
      return await measureAdaptation(workspace, input as MeasureRequest);
    default:
      return name satisfies never;
  }
}
