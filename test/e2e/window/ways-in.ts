/** The ways in to the app, so that one walk can be taken through each: a browser on the real server, and Electron where its program is. */
import type { ElectronApplication, Page } from 'playwright-core';
import { expect } from 'vitest';
import { strings } from '../../../renderer/lib/strings.ts';
import { launchElectron } from '../../main/electron-program.ts';
import { button, openBrowser, openFolder, openWindow } from './browser.ts';
import { startServer } from './server.ts';

/** A window that somebody has before them. */
export interface OpenedWindow {
  readonly page: Page;
  /** What went wrong inside it unnoticed. */
  readonly problems: readonly string[];
  /** Opens a folder from the start screen, by whatever dialog this way has. */
  readonly openFolder: (path: string, numImages: number) => Promise<void>;
  /** Ends the app in good order. */
  readonly close: () => Promise<void>;
}

/** Opens a window. All data is below `folder`; a project is opened at once where one is named. */
export type WayIn = (folder: string, project?: string) => Promise<OpenedWindow>;

/** Chromium, on `npm run serve`. */
export const inBrowser: WayIn = async (folder, project) => {
  const server = await startServer(folder, ...(project === undefined ? [] : ['--project', project]));
  const { page, problems } = await openWindow(await openBrowser(), server.address);
  return {
    page,
    problems,
    openFolder: (path, numImages) => openFolder(page, path, numImages),
    close: async () => {
      await page.close();
      expect(await server.stop()).toBe(0);
    },
  };
};

/** Sees to it that the system's next dialog for a folder answers with this one; nobody could press its buttons. */
async function answerDialog(app: ElectronApplication, path: string): Promise<void> {
  await app.evaluate(({ dialog }, chosen) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [chosen] });
  }, path);
}

/** The desktop app. */
export const inElectron: WayIn = async (folder, project) => {
  const app = await launchElectron(folder, ...(project === undefined ? [] : [project]));
  const ended = new Promise<void>((resolve) => app.once('close', () => resolve()));
  const page = await app.firstWindow();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error.stack ?? error)));
  return {
    page,
    problems,
    openFolder: async (path) => {
      await answerDialog(app, path);
      await button(page, strings.app.start.openFolder).click();
    },
    close: async () => {
      // What still runs in the background is asked about; 0 is to stop it and resume later.
      await app.evaluate(({ BrowserWindow, dialog }) => {
        dialog.showMessageBox = () => Promise.resolve({ response: 0, checkboxChecked: false });
        for (const window of BrowserWindow.getAllWindows()) setImmediate(() => window.close());
      });
      await ended;
    },
  };
};
