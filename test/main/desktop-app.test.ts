import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { channels } from '../../electron/contract/channels.ts';
import { job, ok, settle, startDesktop } from './desktop.ts';

describe('starting', () => {
  test('opens one window on the app’s own page, shown when it is drawn', async () => {
    const { window, control } = await startDesktop();
    expect(control.state).toMatchObject({ name: 'Acclimate', isSandboxed: true });
    expect(control.schemes).toEqual([{ scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } }]);
    expect(control.windows).toHaveLength(1);
    expect(window().done).toEqual(['load app://acclimate/index.html']);
    window().emit('ready-to-show');
    expect(window().done).toContain('show');
  });

  test('a second one hands over and quits without an engine or a window', async () => {
    const { control, engines } = await startDesktop({ hasLock: false });
    expect(control.state.hasQuit).toBe(true);
    expect(engines).toEqual([]);
    expect(control.windows).toEqual([]);
    expect(control.handlers.size).toBe(0);
  });

  test('opens the path it was started with', async () => {
    const { engine } = await startDesktop({ argv: ['--ozone-platform=x11', '/photos'] });
    expect(engine().calls()).toContain('project.openFolder {"path":"/photos"}');
  });

  test('opens what was dropped on its icon before it was ready', async () => {
    const { engine } = await startDesktop({
      platform: 'darwin',
      beforeReady: ({ module }) => {
        const event = { preventDefault: vi.fn() };
        module.app.emit('open-file', event, '/photos/a.ACCLIMATE');
        expect(event.preventDefault).toHaveBeenCalled();
      },
    });
    expect(engine().calls()).toContain('project.open {"path":"/photos/a.ACCLIMATE"}');
  });

  test('says in a dialog and in the log that a path cannot be opened', async () => {
    const error = { code: 'not-found' as const, message: 'There is no folder /gone.', details: {} };
    const { control, log } = await startDesktop({ argv: ['/gone'], answers: { 'project.openFolder': () => ({ ok: false, error }) } });
    expect(control.errors).toEqual(['That did not work: There is no folder /gone.']);
    expect(log()).toContain('There is no folder /gone.');
  });
});

test('a second start brings the window to the front and opens its path, which is relative to where that was', async () => {
  const { app, window, engine, control } = await startDesktop();
  window().isMinimised = true;
  app.emit('second-instance', {}, ['/electron', '/app', '--flag', 'photos/cats.acclimate'], '/home/u');
  await settle();
  expect(control.windows).toHaveLength(1);
  expect(window().done.slice(1)).toEqual(['restore', 'show', 'focus']);
  expect(engine().calls()).toContain('project.open {"path":"/home/u/photos/cats.acclimate"}');
});

describe('closing', () => {
  test('with nothing running ends the engine in good order, then the app, and remembers where the window was', async () => {
    const { window, control, engine, dir } = await startDesktop();
    const { x, y, width, height } = window().options;
    window().close();
    await settle();
    expect(control.questions).toEqual([]);
    expect(engine().received.at(-1)).toEqual({ type: 'shutdown' });
    expect(control.state.hasQuit).toBe(true);
    const saved: unknown = JSON.parse(readFileSync(join(dir, 'userData', 'window.json'), 'utf8'));
    expect(saved).toEqual({ bounds: { x, y, width, height }, isMaximized: false });
  });

  async function closingWithJob() {
    const desktop = await startDesktop();
    desktop.engine().say('job.changed', job(1, 'running', 'Adapt with BYOL'));
    desktop.window().close();
    await settle();
    expect(desktop.control.questions).toHaveLength(1);
    expect(desktop.control.windows).toHaveLength(1);
    expect(desktop.control.state.hasQuit).toBe(false);
    const [question] = desktop.control.questions;
    expect(question!.options).toMatchObject({ detail: expect.stringContaining('Adapt with BYOL') as string });
    const answer = async (button: string): Promise<void> => {
      question!.answer((question!.options['buttons'] as string[]).findIndex((label) => label.startsWith(button)));
      await settle();
    };
    return { ...desktop, answer };
  }

  test('with a job asks once; cancelled, all stays as it is', async () => {
    const { control, engine, window, answer } = await closingWithJob();
    window().close();
    await settle();
    expect(control.questions).toHaveLength(1);
    await answer('Cancel');
    expect(control.windows).toHaveLength(1);
    expect(control.state.hasQuit).toBe(false);
    expect(engine().received.map(({ type }) => type)).not.toContain('shutdown');
    window().close();
    await settle();
    expect(control.questions).toHaveLength(2);
  });

  test('stopped, the engine is shut down and the app ends', async () => {
    const { control, engine, answer } = await closingWithJob();
    await answer('Stop');
    expect(engine().received.at(-1)).toEqual({ type: 'shutdown' });
    expect(control.state.hasQuit).toBe(true);
    expect(control.windows).toEqual([]);
    expect(control.questions).toHaveLength(1);
  });

  test('kept, the job goes on without a window, and the app ends with it', async () => {
    const { control, engine, answer } = await closingWithJob();
    await answer('Keep');
    expect(control.windows).toEqual([]);
    expect(control.state.hasQuit).toBe(false);
    expect(control.blockers.size).toBe(1);
    engine().say('job.changed', job(1, 'running', 'Adapt with BYOL'));
    await settle();
    expect(control.state.hasQuit).toBe(false);
    engine().say('job.changed', job(1, 'succeeded'));
    await settle();
    expect(control.state.hasQuit).toBe(true);
    expect(control.blockers.size).toBe(0);
  });

  test('kept, a second start opens the window again, and the end of the job then ends nothing', async () => {
    const { app, control, engine, answer } = await closingWithJob();
    await answer('Keep');
    app.emit('second-instance', {}, ['/electron', '/app'], '/');
    expect(control.windows).toHaveLength(1);
    engine().say('job.changed', job(1, 'succeeded'));
    await settle();
    expect(control.state.hasQuit).toBe(false);
  });

  test('kept, an engine that ends takes the job along, and the app does not stay unseen', async () => {
    const { control, engine, answer } = await closingWithJob();
    await answer('Keep');
    engine().end(null, 'SIGSEGV');
    await settle();
    expect(control.state.hasQuit).toBe(true);
  });

  test('by quitting asks as well', async () => {
    const { app, control, engine, window } = await startDesktop();
    engine().say('job.changed', job(1, 'queued'));
    app.quit();
    await settle();
    expect(control.questions).toHaveLength(1);
    expect(control.state.hasQuit).toBe(false);
    expect(window().isDestroyed()).toBe(false);
    control.questions[0]!.answer(2);
    await settle();
    expect(control.windows).toHaveLength(1);
  });

  test('on macOS leaves the app, which opens a window again', async () => {
    const { app, control, window } = await startDesktop({ platform: 'darwin' });
    window().close();
    await settle();
    expect(control.state.hasQuit).toBe(false);
    app.emit('activate');
    expect(control.windows).toHaveLength(1);
    app.quit();
    await settle();
    expect(control.state.hasQuit).toBe(true);
  });
});

test('the computer is kept awake only while a job runs or waits', async () => {
  const { control, engine } = await startDesktop();
  expect(control.blockers.size).toBe(0);
  engine().say('job.changed', job(1, 'running'));
  engine().say('job.changed', job(2, 'queued'));
  expect(control.blockers.size).toBe(1);
  engine().say('job.changed', job(1, 'failed'));
  expect(control.blockers.size).toBe(1);
  engine().say('job.removed', { id: 2 });
  expect(control.blockers.size).toBe(0);
  expect(control.state.numBlockers).toBe(1);
});

test('an engine that ends is started again with its project, and the window is told', async () => {
  const { control, engine, engines, ask } = await startDesktop({ argv: ['/photos'] });
  const states: string[] = [];
  control.toPage.on(channels.connectionChanged, (_, state: { status: string }) => states.push(state.status));
  engine().say('job.changed', job(1, 'running'));
  engine().end(null, 'SIGKILL');
  expect(states).toEqual(['restarting']);
  expect(await ask(channels.connection)).toMatchObject({ status: 'restarting', message: expect.stringContaining('lost') as string });
  expect(control.blockers.size).toBe(0);
  await vi.waitFor(() => expect(states).toEqual(['restarting', 'connected']), 10_000);
  expect(engines).toHaveLength(2);
  expect(engine().received[0]).toEqual({ type: 'start', settings: { projectPath: join('/photos', 'a.acclimate') } });
});

test('events of the engine reach the window', async () => {
  const { control, engine } = await startDesktop();
  const heard: unknown[] = [];
  control.toPage.on(channels.eventRaised, (_, name: unknown, payload: unknown) => heard.push([name, payload]));
  engine().say('warning.raised', { message: 'Little space is left.' });
  expect(heard).toEqual([['warning.raised', { message: 'Little space is left.' }]]);
});

test('a page that ends is loaded again, three times and no more', async () => {
  const { window, log } = await startDesktop();
  for (let i = 0; i < 5; i++) window().webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 5 });
  expect(window().done.filter((what) => what === 'reload')).toHaveLength(3);
  expect(log().match(/ended: crashed, 5/g)).toHaveLength(5);
});

test('a process of Electron that ends is noted', async () => {
  const { app, log } = await startDesktop();
  app.emit('child-process-gone', {}, { type: 'GPU', reason: 'killed', exitCode: 9 });
  expect(log()).toContain('A process of the app ended: GPU, killed, 9.');
});

describe('dialogs', () => {
  test('choose a folder, from the pictures unless told; none is null', async () => {
    const { ask, control, dir } = await startDesktop();
    const first = ask(channels.pickFolder, { title: 'Open' });
    await settle();
    expect(control.openDialogs[0]!.options).toEqual({
      title: 'Open',
      defaultPath: join(dir, 'pictures'),
      properties: ['openDirectory', 'createDirectory'],
    });
    control.openDialogs[0]!.answer(['/photos']);
    expect(await first).toBe('/photos');
    const second = ask(channels.pickFolder, { title: 'Open', defaultPath: '/photos' });
    await settle();
    expect(control.openDialogs[1]!.options).toMatchObject({ defaultPath: '/photos' });
    control.openDialogs[1]!.answer([]);
    expect(await second).toBeNull();
  });

  test('choose a file of a kind', async () => {
    const { ask, control, dir } = await startDesktop();
    const kinds = [{ name: 'Tables', extensions: ['csv'] }];
    const chosen = ask(channels.pickFile, { title: 'Labels', kinds });
    await settle();
    expect(control.openDialogs[0]!.options).toMatchObject({
      defaultPath: join(dir, 'documents'),
      filters: kinds,
      properties: ['openFile'],
    });
    control.openDialogs[0]!.answer(['/l.csv']);
    expect(await chosen).toBe('/l.csv');
  });
});

test('the file manager shows what was chosen and nothing else', async () => {
  const { ask, control, dir, appDir, log } = await startDesktop();
  await ask(channels.reveal, appDir);
  expect(control.revealed).toEqual([]);
  expect(log()).toContain(`Refused to show ${appDir}`);
  const chosen = ask(channels.pickFolder, { title: 'Open' });
  await settle();
  control.openDialogs[0]!.answer([appDir]);
  await chosen;
  await ask(channels.reveal, appDir);
  await ask(channels.reveal, dir);
  expect(control.revealed).toEqual([appDir]);
});

describe('the menu', () => {
  test('opens a folder that was chosen', async () => {
    const { choose, control, engine } = await startDesktop();
    await choose('Open &Folder…');
    control.openDialogs[0]!.answer(['/photos']);
    await settle();
    expect(engine().calls()).toContain('project.openFolder {"path":"/photos"}');
  });

  test('opens a project, and without a window makes one first', async () => {
    const { choose, control, engine, window } = await startDesktop({ platform: 'darwin' });
    window().close();
    await choose('Open &Project…');
    expect(control.openDialogs[0]!.options).toMatchObject({ filters: [{ name: 'Acclimate projects', extensions: ['acclimate'] }] });
    control.openDialogs[0]!.answer(['/a.acclimate']);
    await settle();
    expect(control.windows).toHaveLength(1);
    expect(engine().calls()).toContain('project.open {"path":"/a.acclimate"}');
  });

  test('lists recent projects once the engine tells them, opens and closes them', async () => {
    const recents = [{ path: '/p/cats.acclimate', name: 'Cats', openedAt: 1, exists: true, numImages: 3 }];
    const { choose, engine } = await startDesktop({ answers: { 'app.recents': () => ok(recents) } });
    await choose('Cats');
    expect(engine().calls()).toContain('project.open {"path":"/p/cats.acclimate"}');
    await choose('&Close Project');
    expect(engine().calls()).toContain('project.close {}');
  });

  test('shows the log and the one page of the web', async () => {
    const { choose, control, dir } = await startDesktop();
    await choose('Show Log');
    expect(control.revealed).toEqual([join(dir, 'logs', 'acclimate.log')]);
    await choose('Running Exported Models (ONNX Runtime)');
    expect(control.opened).toEqual(['https://onnxruntime.ai/docs/']);
  });
});
