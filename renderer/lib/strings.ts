/** Every text of the window, by view. */
import { adaptStrings } from './strings/adapt.ts';
import { adviceStrings } from './strings/advice.ts';
import { appStrings } from './strings/app.ts';
import { baseStrings } from './strings/bases.ts';
import { checkStrings } from './strings/check.ts';
import { exploreStrings } from './strings/explore.ts';
import { exportStrings } from './strings/export.ts';
import { labelStrings } from './strings/label.ts';
import { formatStrings } from './strings/formats.ts';
import { imagesStrings } from './strings/images.ts';
import { shortcutStrings } from './strings/shortcuts.ts';
import { stageStrings } from './strings/stages.ts';
import { trainStrings } from './strings/train.ts';

export const strings = {
  adapt: adaptStrings,
  advice: adviceStrings,
  app: appStrings,
  bases: baseStrings,
  check: checkStrings,
  explore: exploreStrings,
  export: exportStrings,
  formats: formatStrings,
  label: labelStrings,
  images: imagesStrings,
  shortcuts: shortcutStrings,
  stages: stageStrings,
  train: trainStrings,
};
