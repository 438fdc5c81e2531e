/** What the tests run. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The runtime that ships, which may be another one than the tests run in. */
export const nodePath = fileURLToPath(new URL('../../../node_modules/node/bin/node', import.meta.url));

/** Of a Chromium that is here, or undefined. */
export const chromiumPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

if (chromiumPath === undefined) console.log('Skipped: there is no Chromium here to open the window in.');
