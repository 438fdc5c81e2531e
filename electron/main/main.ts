/** Entry of Electron's main process: what has to be said before the app is ready, and one instance only. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { app, protocol } from 'electron';
import { scheme } from './address.ts';
import { appFiles } from './app-files.ts';
import { DesktopApp } from './desktop-app.ts';
import { LogFile } from './log-file.ts';
import { pathInArguments } from './opened-path.ts';

app.setName('Acclimate');
app.enableSandbox();
protocol.registerSchemesAsPrivileged([{ scheme, privileges: { standard: true, secure: true, supportFetchAPI: true } }]);

/** Arguments that start the app: its program, and in a checkout the folder it lies in. */
const numOwn = app.isPackaged ? 1 : 2;

function start(): void {
  const log = new LogFile(join(app.getPath('logs'), 'acclimate.log'));
  const files = appFiles({
    appDir: app.getAppPath(),
    resourcesDir: process.resourcesPath,
    isPackaged: app.isPackaged,
    platform: process.platform,
  });
  if (!existsSync(files.engineEntry)) log.write(`There is no engine at ${files.engineEntry}.`);
  const desktop = new DesktopApp(files, log);
  app.on('second-instance', (_, args, workingDir) => desktop.show(pathInArguments(args, numOwn, workingDir)));
  // macOS: a file dropped on the icon, maybe before there is a window.
  app.on('open-file', (event, path) => {
    event.preventDefault();
    desktop.show(path);
  });
  app.on('activate', () => desktop.show(null));
  app.on('child-process-gone', (_, { type, reason, exitCode }) =>
    log.write(`A process of the app ended: ${type}, ${reason}, ${exitCode}.`),
  );
  void app.whenReady().then(() => desktop.start(pathInArguments(process.argv, numOwn, process.cwd())));
}

if (app.requestSingleInstanceLock()) start();
else app.quit();
