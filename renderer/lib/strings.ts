/** Every text of the window, by view. */
import { appStrings } from './strings/app.ts';
import { exploreStrings } from './strings/explore.ts';
import { labelStrings } from './strings/label.ts';
import { shortcutStrings } from './strings/shortcuts.ts';

export const strings = {
  app: appStrings,
  explore: exploreStrings,
  label: labelStrings,
  shortcuts: shortcutStrings,
};
