/** What the phases of the services' jobs are called in the window. */

const words: Readonly<Record<string, string>> = {
  scan: 'Looking for images',
  import: 'Reading images',
  sample: 'Making sample images',
  adapt: 'Learning from the images',
  embed: 'Computing features',
  comparison: 'Comparing features',
  'cross-validation': 'Fitting the classifier',
  consistency: 'Comparing views',
  'learning curve': 'Measuring what more labels would bring',
  student: 'Learning from the classifier',
  finetune: 'Fine-tuning the network',
  predict: 'Predicting images',
  build: 'Writing the model',
  'check-squares': 'Checking the written model',
  download: 'Downloading',
  reconnect: 'Connection lost; trying again',
  checksum: 'Comparing the checksum',
  'check-weights': 'Checking the weights',
  'check-files': 'Checking the written model on files',
};

/** A phase in words; one that is in words already stays as it is. */
export function phaseInWords(phase: string): string {
  return Object.hasOwn(words, phase) ? (words[phase] ?? phase) : phase;
}
