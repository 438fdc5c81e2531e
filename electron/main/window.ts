/** Makes the window. */
import { BrowserWindow } from 'electron';
import { pageAddress } from './address.ts';
import type { AppFiles } from './app-files.ts';
import type { LogFile } from './log-file.ts';
import type { SavedState } from './saved-state.ts';
import { restoredState, windowOptions } from './window-options.ts';

const maxReloads = 3;

export interface WindowInput {
  readonly files: AppFiles;
  readonly saved: SavedState;
  readonly log: LogFile;
  readonly screen: Pick<Electron.Screen, 'getAllDisplays' | 'getPrimaryDisplay'>;
  readonly isDark: boolean;
  readonly isPackaged: boolean;
  readonly platform: NodeJS.Platform;
}

/** A window where the last one was; shown when its page is drawn. */
export function openWindow({ files, saved, log, screen, isDark, isPackaged, platform }: WindowInput): BrowserWindow {
  const primary = screen.getPrimaryDisplay();
  const others = screen.getAllDisplays().filter(({ id }) => id !== primary.id);
  const areas = [primary, ...others].map(({ workArea }) => workArea);
  const state = restoredState(saved.read(), areas);
  // macOS takes the icon from the bundle.
  const iconPath = platform === 'darwin' ? null : files.iconPath;
  const window = new BrowserWindow(windowOptions({ state, preloadPath: files.preloadPath, iconPath, isDark, isPackaged }));
  if (state.isMaximized) window.maximize();
  window.once('ready-to-show', () => window.show());
  window.on('close', () => saved.write({ bounds: window.getNormalBounds(), isMaximized: window.isMaximized() }));
  let numReloads = 0;
  window.webContents.on('render-process-gone', (_, { reason, exitCode }) => {
    log.write(`The window's process ended: ${reason}, ${exitCode}.`);
    // A page that ends again and again stays away: closing the window still works.
    if (reason !== 'clean-exit' && !window.isDestroyed() && numReloads++ < maxReloads) window.reload();
  });
  void window.loadURL(pageAddress).catch((error: unknown) => log.write(`The window could not be loaded: ${String(error)}`));
  return window;
}
