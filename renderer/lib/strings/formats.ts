/** Texts of the formats that labels and predictions come and go in. */
import type { LabelFormat, PredictionFormat } from '../../../electron/contract/label-formats.ts';

interface FormatText {
  readonly title: string;
  readonly description: string;
}

const labels: Readonly<Record<LabelFormat, FormatText>> = {
  csv: { title: 'CSV', description: 'A path and a label a row, for spreadsheets' },
  jsonl: { title: 'JSON lines', description: 'A path and a label a line, for scripts' },
  coco: { title: 'COCO', description: 'Images, categories, and one annotation an image, without boxes' },
  'label-studio': { title: 'Label Studio (JSON)', description: 'Tasks with answers to <Choices name="label" toName="image">' },
  'label-studio-min': { title: 'Label Studio (JSON-MIN)', description: 'The short form: an image and its answer' },
  cvat: { title: 'CVAT for images 1.1', description: 'XML with one tag an image' },
};

const predictions: Readonly<Record<PredictionFormat, FormatText>> = {
  csv: { title: 'CSV', description: 'The answer and the probability of each class a row, for spreadsheets' },
  detections: {
    title: 'Camera-trap detections (JSON)',
    description: 'For Timelapse and other tools that read MegaDetector’s results; the box is the whole image',
  },
  'label-studio': { title: 'Label Studio tasks', description: 'To import with predictions as pre-annotations, and labels as annotations' },
};

export const formatStrings = {
  labels,
  predictions,
  format: 'Format',
  labelsTitle: 'Export labels',
  labelsText: 'Every labelled image, with its path as it was found.',
  predictionsTitle: 'Export predictions',
  predictionsText: 'What the classifier says of every image, with its path as it was found.',
  cancel: 'Cancel',
  save: 'Save',
};
