/** Options for a self-supervised loss beside the labels. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { besideMethodNames } from '../services/adaptation/method-list.ts';
import type { Alongside } from '../services/classifiers/train-classifier.ts';
import { positiveNumber } from './options.ts';
import { misuse } from './session.ts';

export interface AlongsideOptions {
  readonly alongside?: Alongside['method'];
  readonly alongsideWeight: number;
  readonly finetuneSteps: number;
}

export function addAlongsideOptions(command: Command): Command {
  return command
    .addOption(new Option('--alongside <method>', 'while fine-tuning, learn from all images by this method too').choices(besideMethodNames))
    .option('--alongside-weight <x>', 'weight of its loss beside that of the labels', positiveNumber, 0.5);
}

/** Null where it was not asked for. Throws where there is no fine-tuning to be beside of. */
export function alongsideOf({ alongside, alongsideWeight, finetuneSteps }: AlongsideOptions): Alongside | null {
  if (alongside === undefined) return null;
  if (finetuneSteps === 0) throw misuse('--alongside is for fine-tuning: give --finetune-steps as well.');
  return { method: alongside, weight: alongsideWeight };
}
