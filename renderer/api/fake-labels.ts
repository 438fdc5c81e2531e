/** What the fake engine makes of a file of labels: it takes none, and says something of everything that the report can hold. */
import type { LabelImportView } from '../../electron/contract/domain.ts';

/** Of an empty text nothing is said. */
export function importedLabels(text: string): LabelImportView {
  const nothing = {
    numLabelled: 0,
    numForTesting: 0,
    classes: [],
    unmatched: [],
    numUnmatched: 0,
    leftOut: [],
    numLeftOut: 0,
    moved: [],
    format: null,
  };
  if (text === '') return nothing;
  return {
    ...nothing,
    numLabelled: 1204,
    numForTesting: 240,
    classes: [
      { name: 'Basophil', numLabels: 612 },
      { name: 'Eosinophil', numLabels: 592 },
    ],
    unmatched: ['[17]: night/IMG_0417.JPG', '[18]: IMG_0001.JPG (several images have this name; give the whole path)'],
    numUnmatched: 2,
    leftOut: ['[4], night/IMG_0004.JPG: its annotators disagree, Basophil, Eosinophil'],
    numLeftOut: 1,
    moved: [{ from: 'C:/data/blood', to: '/home/me/blood' }],
    format: 'label-studio',
  };
}
