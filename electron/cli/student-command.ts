/** `student`: a small classifier learns from a large one. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { adaptDefaults } from '../services/adaptation/adapt-model.ts';
import { newestModel } from '../services/adaptation/models.ts';
import { checkTeachable, defaultLogitSteps, trainStudent, transferMethods } from '../services/classifiers/train-student.ts';
import type { StudentRequest } from '../services/classifiers/train-student.ts';
import { defaultSizes } from '../services/run-everything.ts';
import {
  baseOption,
  checkpointOption,
  deviceOption,
  minutesOption,
  positiveInt,
  seedOption,
  sizePx,
  sizesOption,
  stepsOption,
  wholeNumber,
} from './options.ts';
import * as print from './print.ts';
import { budgetOf, withWorkspace } from './session.ts';
import type { BudgetOptions, CommonOptions } from './session.ts';

interface StudentOptions
  extends CommonOptions, BudgetOptions, Pick<StudentRequest, 'base' | 'method' | 'px' | 'sizes' | 'logitSteps' | 'seed'> {
  readonly teacher?: number;
}

/** Gives the command `student` its options and action. */
export function addStudent(student: Command, controller: AbortController): void {
  student
    .addOption(baseOption().makeOptionMandatory())
    .option('--teacher <id>', 'the classifier to learn from (default: the newest)', positiveInt)
    .addOption(new Option('--method <name>', 'how what the teacher sees is handed on').choices(transferMethods).default(transferMethods[0]))
    .addOption(minutesOption())
    .addOption(stepsOption())
    .option('--px <n>', 'side of the views', sizePx, adaptDefaults.px)
    .addOption(sizesOption('--sizes <list>', 'sizes at which the student may look at images', defaultSizes.adapted))
    .option('--logit-steps <n>', "then learn the teacher's predictions on every image for this many steps", wholeNumber, defaultLogitSteps)
    .addOption(checkpointOption())
    .addOption(seedOption())
    .addOption(deviceOption())
    .action((options: StudentOptions) =>
      withWorkspace(
        controller,
        options,
        ({ workspace }) => {
          const { base, method, px, sizes, logitSteps, seed } = options;
          const teacherId = options.teacher ?? newestModel(workspace, 'classifier').id;
          checkTeachable(workspace, teacherId);
          return trainStudent(workspace, { teacherId, base, method, budget: budgetOf(options), px, sizes, logitSteps, seed });
        },
        print.taught,
      ),
    );
}
