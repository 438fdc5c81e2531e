/** The formats that labels and predictions come and go in, beside folders of images. */

/** What a file of labels can be. */
export const labelFormats = ['csv', 'jsonl', 'coco', 'label-studio', 'label-studio-min', 'cvat'] as const;
export type LabelFormat = (typeof labelFormats)[number];

/** What the predictions of every image can be written as; `detections` is what camera-trap tools read. */
export const predictionFormats = ['csv', 'detections', 'label-studio'] as const;
export type PredictionFormat = (typeof predictionFormats)[number];
