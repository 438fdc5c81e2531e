/** Every text of the window, by view. */
import { appStrings } from './strings/app.ts';
import { exploreStrings } from './strings/explore.ts';
import { exportStrings } from './strings/export.ts';
import { labelStrings } from './strings/label.ts';
import { imagesStrings } from './strings/images.ts';
import { shortcutStrings } from './strings/shortcuts.ts';
import { trainStrings } from './strings/train.ts';

export const strings = {
  app: appStrings,
  explore: exploreStrings,
  export: exportStrings,
  label: labelStrings,
  images: imagesStrings,
  shortcuts: shortcutStrings,
  train: trainStrings,
};
