/** Options that several commands share, and how their values are read. */
import { existsSync } from 'node:fs';
import { InvalidArgumentError, Option } from 'commander';
import { catalogue } from '../services/base-models/catalogue.ts';
import { modelsFolder, pathOf } from '../services/base-models/get-base.ts';
import { defaultDataDir } from '../services/projects/data-dir.ts';

export function positiveInt(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Give a whole number above 0.');
  return value;
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (text === '' || !Number.isInteger(value) || value < 0) throw new InvalidArgumentError('Give a whole number, 0 or more.');
  return value;
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('Give a number above 0.');
  return value;
}

export function share(text: string): number {
  const value = Number(text);
  if (text === '' || !(value >= 0 && value < 1)) throw new InvalidArgumentError('Give a share from 0 up to, not including, 1.');
  return value;
}

/** The side of an image in pixels. */
export function sizePx(text: string): number {
  const px = positiveInt(text);
  if (px < 16 || px > 1024) throw new InvalidArgumentError('Sizes lie between 16 and 1024 pixels.');
  return px;
}

/** `128,160` */
function sizes(text: string): number[] {
  return [...new Set(text.split(',').map((part) => sizePx(part.trim())))];
}

/** A list of sizes; its default is told as it would be typed. */
export function sizesOption(flags: string, description: string, preset: readonly number[]): Option {
  return new Option(flags, description).argParser(sizes).default([...preset], preset.join(','));
}

/** The file of a downloaded base model by its name; anything else as it is. */
function downloadedBase(text: string): string {
  const path = pathOf({ name: text }, modelsFolder(defaultDataDir()));
  return catalogue.some(({ name }) => name === text) && existsSync(path) ? path : text;
}

export const devices = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml', 'tensorflow'] as const;

export const jsonOption = (): Option => new Option('--json', 'print the result as JSON');
export const projectOption = (): Option => new Option('-p, --project <file>', 'the project file (.acclimate)').makeOptionMandatory();
export const seedOption = (): Option => new Option('--seed <n>', 'seed of everything random').argParser(wholeNumber).default(0);
export const baseOption = (): Option =>
  new Option(
    '--base <file>',
    'weights to start from (safetensors), a name of "acclimate models", "scratch" or "scratch:<architecture>"',
  ).argParser(downloadedBase);
export const minutesOption = (): Option =>
  new Option('--minutes <n>', 'how long to adapt (default: 10)').argParser(positiveNumber).conflicts('steps');
export const stepsOption = (): Option =>
  new Option('--steps <n>', 'adapt for a number of steps instead, the same on every machine').argParser(positiveInt);
export const checkpointOption = (): Option =>
  new Option('--checkpoint-seconds <n>', 'time between two checkpoints, which is what a crash can lose')
    .argParser(positiveNumber)
    .default(30);
export const deviceOption = (): Option => new Option('--device <name>', 'where to compute').choices(devices).default('cpu');
