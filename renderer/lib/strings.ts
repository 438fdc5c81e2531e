/** Every text of the window, by view. */
import { appStrings } from './strings/app.ts';
import { shortcutStrings } from './strings/shortcuts.ts';

export const strings = {
  app: appStrings,
  shortcuts: shortcutStrings,
};
