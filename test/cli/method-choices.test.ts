import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { createProgram } from '../../electron/cli/commands.ts';
import { methodNames, methodOf } from '../../electron/learn/methods.ts';

const program = createProgram(new AbortController());

/** What may be given for an option of a command. */
function choicesOf(command: string, option: string): readonly string[] {
  const found: Command | undefined = program.commands.find((each) => each.name() === command);
  return found?.options.find(({ long }) => long === option)?.argChoices ?? [];
}

const alone = methodNames.filter((name) => methodOf(name).needsTeacher !== true);

it('every row of the methods table is reachable: those that learn from images alone by adapt, run and choose-source, the others by student', () => {
  for (const command of ['adapt', 'run', 'choose-source']) expect(choicesOf(command, '--method'), command).toEqual(alone);
  const byTeacher = methodNames.filter((name) => methodOf(name).needsTeacher === true);
  expect(choicesOf('student', '--method').toSorted()).toEqual(byTeacher.toSorted());
});

it('those that stand alone are not offered beside labels', () => {
  const beside = alone.filter((name) => methodOf(name).standsAlone !== true);
  for (const command of ['train', 'run']) expect(choicesOf(command, '--alongside'), command).toEqual(beside);
});
