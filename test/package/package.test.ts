/** Packs the app over a stub of Electron, without a network, and runs what was packed. */
import { execFile, fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { buildApp } from '../../electron/build.ts';
import type { FromEngine, ToEngine } from '../../electron/contract/engine-messages.ts';
import { appFiles } from '../../electron/main/app-files.ts';
import { makeStubElectron } from './stub-electron.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const builder = join(repository, 'node_modules', 'electron-builder', 'cli.js');
const reason =
  process.platform !== 'linux' ? 'the stub of Electron is Linux’s' : !existsSync(builder) ? 'electron-builder is not installed' : null;
if (reason !== null) console.warn(`Packing is not tested: ${reason}.`);

/** Node 127 MB, ONNX Runtime 45, libvips 19, all else a few; Electron itself is not in it. */
const maxBytes = 230e6;

/** The engine as the packed app would start it, with an environment of nothing but a home. */
async function startEngine(entry: string, nodePath: string, home: string) {
  const child: ChildProcess = fork(entry, [], {
    execPath: nodePath,
    serialization: 'advanced',
    execArgv: [],
    env: { HOME: home },
    cwd: home,
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const heard: FromEngine[] = [];
  let wake = (): void => undefined;
  child.on('message', (message: FromEngine) => {
    heard.push(message);
    wake();
  });
  child.once('exit', () => wake());
  const until = async <Found>(find: (message: FromEngine) => Found | undefined): Promise<Found> => {
    for (let i = 0; ; i++) {
      while (i >= heard.length) {
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`The engine ended: ${child.exitCode ?? child.signalCode}`);
        await new Promise<void>((resolve) => (wake = resolve));
      }
      const found = find(heard[i]!);
      if (found !== undefined) return found;
    }
  };
  const send = (message: ToEngine): void => void child.send(message);
  let nextId = 1;
  const ask = async (request: { type: 'health' } | { type: 'call'; name: string; input: unknown } | { type: 'image'; imageId: number }) => {
    const id = nextId++;
    send({ variant: 'thumb', ...request, id } as ToEngine);
    const result = await until((message) => (message.type === 'answer' && message.id === id ? message.result : undefined));
    if (!result.ok) throw new Error(result.error.message);
    return result.value;
  };
  send({ type: 'start', settings: {} });
  await until((message) => (message.type === 'ready' ? true : undefined));
  return { child, ask, send, until };
}

describe.skipIf(reason !== null)(`the packed app${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  let dir = '';
  let appDir = '';
  let files: readonly string[] = [];

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'acclimate-package-'));
    await buildApp();
    const { version } = JSON.parse(readFileSync(join(repository, 'node_modules', 'electron', 'package.json'), 'utf8')) as {
      version: string;
    };
    const electronDist = join(dir, 'electron');
    makeStubElectron(electronDist, version);
    const overrides = [`-c.electronDist=${electronDist}`, `-c.directories.output=${join(dir, 'out')}`];
    await promisify(execFile)(process.execPath, [builder, '--dir', '--publish', 'never', ...overrides], { cwd: repository });
    appDir = join(dir, 'out', `linux-${process.arch === 'x64' ? '' : `${process.arch}-`}unpacked`);
    files = readdirSync(appDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(appDir, join(entry.parentPath, entry.name)).split(sep).join('/'));
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  test('holds this system’s natives and no other’s', () => {
    const natives = files.filter((path) => /\.(node|dll|dylib)$|\.so(\.|$)/.test(path));
    expect(natives.length).toBeGreaterThanOrEqual(5);
    for (const path of natives) {
      expect(path).toMatch(/^resources\/app\.asar\.unpacked\/node_modules\//);
      expect(path).not.toMatch(/darwin|win32|musl/);
      expect(path).toMatch(new RegExp(`linux[-/]${process.arch}`));
    }
  });

  test('holds no sources, tests or maps', () => {
    const own = files.filter((path) => !path.includes('/node_modules/'));
    expect(own.filter((path) => /\.(ts|svelte|map)$|\.test\./.test(path))).toEqual([]);
    const archive = readFileSync(join(appDir, 'resources', 'app.asar'), 'latin1');
    const header = archive.slice(16, 16 + Buffer.from(archive.slice(12, 16), 'latin1').readUInt32LE());
    const { files: packed } = JSON.parse(header) as { files: { dist: { files: object }; node_modules: { files: object } } };
    expect(Object.keys(packed).sort()).toEqual(['dist', 'node_modules', 'package.json']);
    expect(Object.keys(packed.dist.files).sort()).toEqual(['engine', 'main', 'preload', 'renderer']);
    expect(Object.keys(packed.node_modules.files).sort()).toEqual(
      ['@img', 'better-sqlite3', 'detect-libc', 'onnxruntime-common', 'onnxruntime-node', 'semver', 'sharp'].sort(),
    );
  });

  test('stays small', () => {
    const numBytes = files.reduce((sum, path) => sum + statSync(join(appDir, path)).size, 0);
    expect(numBytes).toBeLessThan(maxBytes);
  });

  test('has the fuses that keep others from running code in it', async () => {
    const wire = await getCurrentFuseWire(join(appDir, 'acclimate'));
    const [off, on] = ['0'.charCodeAt(0), '1'.charCodeAt(0)];
    expect(wire[FuseV1Options.RunAsNode]).toBe(off);
    expect(wire[FuseV1Options.EnableCookieEncryption]).toBe(on);
    expect(wire[FuseV1Options.EnableNodeOptionsEnvironmentVariable]).toBe(off);
    expect(wire[FuseV1Options.EnableNodeCliInspectArguments]).toBe(off);
    expect(wire[FuseV1Options.EnableEmbeddedAsarIntegrityValidation]).toBe(on);
    expect(wire[FuseV1Options.OnlyLoadAppFromAsar]).toBe(on);
    expect(wire[FuseV1Options.GrantFileProtocolExtraPrivileges]).toBe(off);
  });

  test('starts its engine with its own Node and an empty environment; it answers, imports a folder, shows a picture and ends', async () => {
    const resourcesDir = join(appDir, 'resources');
    const { engineEntry, nodePath, iconPath } = appFiles({
      appDir: join(resourcesDir, 'app.asar'),
      resourcesDir,
      isPackaged: true,
      platform: 'linux',
    });
    expect(existsSync(iconPath)).toBe(true);
    const home = join(dir, 'home');
    const images = join(home, 'images');
    mkdirSync(images, { recursive: true });
    for (const [i, background] of ['#c04040', '#40c040', '#4040c0'].entries()) {
      await sharp({ create: { width: 96, height: 64, channels: 3, background } })
        .png()
        .toFile(join(images, `${i}.png`));
    }
    const { child, ask, send, until } = await startEngine(engineEntry, nodePath, home);
    expect(await ask({ type: 'health' })).toMatchObject({ node: expect.stringMatching(/^v24\./) as string, projectPath: null });
    await ask({ type: 'call', name: 'project.openFolder', input: { path: images } });
    const outcome = await until((message) => {
      if (message.type !== 'event' || message.name !== 'job.changed' || message.payload.kind !== 'import') return undefined;
      return ['queued', 'running'].includes(message.payload.status) ? undefined : message.payload.status;
    });
    expect(outcome).toBe('succeeded');
    expect(await ask({ type: 'call', name: 'project.view', input: {} })).toMatchObject({ counts: { ok: 3, unreadable: 0 } });
    const { ids } = (await ask({ type: 'call', name: 'images.query', input: { filter: {} } })) as { ids: Int32Array };
    const picture = (await ask({ type: 'image', imageId: ids[0]! })) as { mime: string; bytes: Uint8Array };
    expect(await sharp(picture.bytes).metadata()).toMatchObject({ format: 'jpeg', width: 96, height: 64 });
    const exit = once(child, 'exit');
    send({ type: 'shutdown' });
    expect(await exit).toEqual([0, null]);
  });
});
