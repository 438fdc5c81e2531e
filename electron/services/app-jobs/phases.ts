/** What the phases of the services' jobs are called in the window. */

const words: Readonly<Record<string, string>> = {
  scan: 'Looking for images',
  import: 'Reading images',
  sample: 'Making sample images',
  adapt: 'Learning from the images',
  embed: 'Computing features',
};

/** A phase in words; one that is in words already stays as it is. */
export function phaseInWords(phase: string): string {
  return Object.hasOwn(words, phase) ? (words[phase] ?? phase) : phase;
}
