/** Texts of Train. */
export const trainStrings = {
  title: 'Train',
  description: 'Learn the classes from your labels: the features that do best on them are chosen, and a classifier is trained and checked.',
  start: 'Train',
  again: (count: string) => `Train again with ${count} new labels`,
  retrain: 'Train again',
  blockedTitle: 'Label two classes first',
  blockedText: 'A classifier tells classes apart, so it needs labelled images of at least two.',
  goLabel: 'Go to Label',
  labels: 'Labels to learn from',
  labelsText: (count: string, test: string) => `${count} images to learn from, and ${test} kept apart to check with.`,
  few: (names: string, min: number) => `Fewer than ${min} labels: ${names}. A few more there are worth most.`,
  fewAction: 'Label more',
  options: 'Options',
  priors: 'Expect classes as often as among the images kept apart',
  priorsHint:
    'Images chosen for labelling say nothing of how often a class comes. More images come out right; of rare classes fewer are found. It takes labels of images kept apart.',
  flip: 'Average with the mirror image',
  flipHint: 'Twice the time per image, a little steadier. Leave it off where left and right mean something.',
  finetune: 'Fine-tune the whole network',
  finetuneHint:
    'Minutes instead of seconds. With a few hundred labels it seldom helps and can harm; it starts from the classifier without it.',
  result: 'Result',
  accuracy: 'Images classified right',
  macroF1: 'Macro F1',
  arms: 'Did adapting help?',
  armName: (name: string, px: number) => `${name === 'adapted' ? 'Adapted' : 'Unadapted'}, ${px} px`,
  armsText:
    'A plain classifier on either kind of features, learnt from the same labels and tested on the same images, so that only the features differ. Neither is the classifier above, which is trained and measured by itself: its figure may differ a little from theirs.',
  check: 'Look at the mistakes',
  stale: (count: string) => `${count} labels are new since this classifier was trained.`,
  noCheck: 'Not checked yet.',
};
