/// <reference lib="dom" />
/** How the window feels with many images: frames while scrolling and moving the map, and how long keys take, in a real Chromium on the real engine. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import type { Page } from 'playwright-core';
import { AppError } from '../../electron/contract/errors.ts';
import { rounded } from './figures.ts';
import { busyNote, busyShare } from './machine.ts';
import type { BenchContext } from './progress.ts';
import { makeWindowProject } from './window-project.ts';

export interface WindowBenchRequest {
  readonly numImages: number;
  readonly numKeys: number;
  readonly chromiumPath: string;
}

export interface FrameFigures {
  readonly frames: number;
  readonly median_ms: number;
  readonly p99_ms: number;
  /** Share of frames that took longer than 33 ms. */
  readonly slow_share: number;
  /** Of the page's main thread: our own script, and all it does, per frame. The rest is drawing, which a graphics processor does where there is one. */
  readonly script_ms: number;
  readonly main_thread_ms: number;
}

export interface TimeFigures {
  readonly count: number;
  readonly median_ms: number;
  readonly p99_ms: number;
}

export interface WindowBenchReport {
  readonly bench: 'window';
  readonly images: number;
  readonly renderer: string;
  /** From opening the address to pictures on the screen. */
  readonly open_ms: number;
  readonly scroll: FrameFigures;
  readonly map_pan: FrameFigures;
  readonly map_zoom: FrameFigures;
  /** From the last key typed into the search to the new count on the screen; the window waits a moment for further keys. */
  readonly filter: TimeFigures;
  /** The engine's share of it: the call alone. */
  readonly filter_call: TimeFigures;
  /** From the key to the answer that the row is in the file. */
  readonly label_key: TimeFigures;
  readonly select_all_and_label_ms: number;
  readonly busy: readonly number[];
  readonly busy_note: string | null;
}

const entry = fileURLToPath(new URL('../../electron/serve/main.ts', import.meta.url));
const flags = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** The page drawn by the browser itself, as where there is no graphics processor; and the map by WebGL in software, since without it there is none. */
const drawnBy = { page: ['--disable-gpu'], map: ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'] } as const;
const motionMs = 4_000;
/** Four labels a second, faster than people are. */
const betweenKeysMs = 250;

/** In the page: notes when keys go down and when calls are answered. */
function watchPage(): void {
  const notes = { keyAt: 0, calls: [] as { name: string; startMs: number; endMs: number; keyMs: number }[] };
  Object.assign(window, { benchNotes: notes });
  document.addEventListener('keydown', () => (notes.keyAt = performance.now()), { capture: true });
  const original = window.fetch.bind(window);
  window.fetch = async (...args) => {
    const name = typeof args[0] === 'string' ? /\/call\/(.+)$/.exec(args[0])?.[1] : undefined;
    const startMs = performance.now();
    const keyMs = notes.keyAt;
    const response = await original(...args);
    if (name !== undefined) notes.calls.push({ name, startMs, endMs: performance.now(), keyMs });
    return response;
  };
}

interface CallNote {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly keyMs: number;
}

async function callsOf(page: Page, name: string): Promise<CallNote[]> {
  const all = await page.evaluate(() => (window as unknown as { benchNotes: { calls: CallNote[] } }).benchNotes.calls);
  return all.filter((call) => call.name === name);
}

function timeFigures(times: readonly number[]): TimeFigures {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
  return { count: sorted.length, median_ms: rounded(at(0.5), 1), p99_ms: rounded(at(0.99), 1) };
}

/** The times between frames while `move` runs. */
async function framesDuring(page: Page, move: () => Promise<void>): Promise<FrameFigures> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const spentMs = async (name: string): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return 1000 * (metrics.find((metric) => metric.name === name)?.value ?? NaN);
  };
  const before = [await spentMs('ScriptDuration'), await spentMs('TaskDuration')] as const;
  await page.evaluate(() => {
    const frames: number[] = [];
    let last = performance.now();
    const tick = (now: number): void => {
      frames.push(now - last);
      last = now;
      if ((window as unknown as { benchFrames?: number[] }).benchFrames === frames) requestAnimationFrame(tick);
    };
    Object.assign(window, { benchFrames: frames });
    requestAnimationFrame((now) => {
      last = now;
      requestAnimationFrame(tick);
    });
  });
  await move();
  const after = [await spentMs('ScriptDuration'), await spentMs('TaskDuration')] as const;
  await session.detach();
  const frames = await page.evaluate(() => {
    const holder = window as unknown as { benchFrames?: number[] };
    const found = holder.benchFrames ?? [];
    delete holder.benchFrames;
    return found;
  });
  const { median_ms, p99_ms } = timeFigures(frames);
  return {
    frames: frames.length,
    median_ms,
    p99_ms,
    slow_share: rounded(frames.filter((ms) => ms > 33.4).length / frames.length, 4),
    script_ms: rounded((after[0] - before[0]) / frames.length, 2),
    main_thread_ms: rounded((after[1] - before[1]) / frames.length, 2),
  };
}

async function keepDoing(deed: () => Promise<void>): Promise<void> {
  const endMs = performance.now() + motionMs;
  while (performance.now() < endMs) await deed();
}

/** Starts the server on the project and resolves with its address. */
async function startServer(projectPath: string, dir: string): Promise<{ child: ChildProcess; url: string }> {
  const args = [entry, '--project', projectPath, '--root', dir, '--data', join(dir, 'data')];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ACCLIMATE_CACHE: join(dir, 'cache') },
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /https?:\/\/\S+#token=\S+/.exec(line)?.[0];
    if (url !== undefined) return { child, url };
  }
  throw new AppError('io', 'The server ended before it said where it is.');
}

/** Makes a project of `numImages` and measures the window on it. Throws `unsupported` where there is no Chromium. */
export async function benchWindow(request: WindowBenchRequest, ctx: BenchContext): Promise<WindowBenchReport> {
  const { numImages, chromiumPath } = request;
  if (!existsSync(chromiumPath))
    throw new AppError('unsupported', `There is no Chromium at ${chromiumPath}. Give its path with --chromium, or install it.`);
  const dir = mkdtempSync(join(tmpdir(), 'acclimate-bench-'));
  ctx.say(`Making a project of ${numImages} images`);
  const projectPath = await makeWindowProject({ dir: join(dir, 'project'), numImages, numPictures: 2000, numClusters: 40, numClasses: 8 });
  const { child, url } = await startServer(projectPath, dirname(projectPath));
  const inBrowser = async <Figures>(how: readonly string[], work: (page: Page) => Promise<Figures>): Promise<Figures> => {
    const browser = await chromium.launch({ executablePath: chromiumPath, args: [...flags, ...how] });
    try {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      await page.addInitScript(watchPage);
      return await work(page);
    } finally {
      await browser.close();
    }
  };
  try {
    const busyBefore = await busyShare();
    const figures = await inBrowser(drawnBy.page, async (page) => ({
      open_ms: await open(page, url),
      scroll: await measureScroll(page, ctx),
      ...(await measureFilter(page, ctx)),
      label_key: await measureLabelKeys(page, request, ctx),
      select_all_and_label_ms: await measureSelectAll(page, ctx),
    }));
    const map = await inBrowser(drawnBy.map, async (page) => {
      await open(page, url);
      return { ...(await measureMap(page, ctx)), renderer: await rendererOf(page) };
    });
    const busy = [busyBefore, await busyShare()];
    return { bench: 'window', images: numImages, ...figures, ...map, busy, busy_note: busyNote(busy) };
  } finally {
    child.kill('SIGTERM');
    await Promise.race([once(child, 'close'), setTimeout(5_000)]);
    child.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Opens the window; the time until pictures are on the screen, in ms. */
async function open(page: Page, url: string): Promise<number> {
  const startMs = performance.now();
  await page.goto(url);
  await page.locator('main img').first().waitFor({ timeout: 60_000 });
  return Math.round(performance.now() - startMs);
}

function rendererOf(page: Page): Promise<string> {
  return page.evaluate(() => {
    const gl = document.createElement('canvas').getContext('webgl2');
    const info = gl?.getExtension('WEBGL_debug_renderer_info');
    return gl && info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : 'none';
  });
}

async function measureScroll(page: Page, ctx: BenchContext): Promise<FrameFigures> {
  ctx.say('Scrolling the grid');
  await page.mouse.move(700, 500);
  return await framesDuring(page, () =>
    keepDoing(async () => {
      await page.mouse.wheel(0, 240);
      await page.waitForTimeout(16);
    }),
  );
}

async function measureFilter(page: Page, ctx: BenchContext): Promise<{ filter: TimeFigures; filter_call: TimeFigures }> {
  ctx.say('Filtering by name');
  const field = page.getByRole('searchbox').or(page.getByRole('textbox')).first();
  await field.focus();
  const times: number[] = [];
  const countText = (): string => document.querySelector('main p[aria-live]')?.textContent ?? '';
  for (const text of ['0099', '12', '777', 'batch 7', '0001', '55', '9999', '3', 'batch 42', '0420']) {
    await field.fill('');
    await page.waitForTimeout(400);
    const before = await page.evaluate(countText);
    await page.keyboard.type(text);
    const elapsed = await page.waitForFunction((old) => {
      const now = document.querySelector('main p[aria-live]')?.textContent ?? '';
      return now !== old ? performance.now() - (window as unknown as { benchNotes: { keyAt: number } }).benchNotes.keyAt : false;
    }, before);
    times.push(Number(await elapsed.jsonValue()));
  }
  await field.fill('');
  await field.blur();
  await page.waitForTimeout(500);
  const calls = await callsOf(page, 'images.query');
  return { filter: timeFigures(times), filter_call: timeFigures(calls.slice(1).map(({ startMs, endMs }) => endMs - startMs)) };
}

async function measureMap(page: Page, ctx: BenchContext): Promise<{ map_pan: FrameFigures; map_zoom: FrameFigures }> {
  ctx.say('Moving and zooming the map');
  await page.keyboard.press('Alt+3');
  await page.locator('main canvas').first().waitFor();
  await page.waitForTimeout(3_000);
  let turn = 0;
  await page.mouse.move(600, 450);
  await page.mouse.down();
  const pan = await framesDuring(page, () =>
    keepDoing(async () => {
      turn += 0.08;
      await page.mouse.move(600 + 180 * Math.sin(turn), 450 + 120 * Math.cos(turn));
      await page.waitForTimeout(8);
    }),
  );
  await page.mouse.up();
  const zoom = await framesDuring(page, () =>
    keepDoing(async () => {
      turn += 0.05;
      await page.mouse.wheel(0, Math.sin(turn) > 0 ? -60 : 60);
      await page.waitForTimeout(12);
    }),
  );
  return { map_pan: pan, map_zoom: zoom };
}

async function measureLabelKeys(page: Page, { numKeys }: WindowBenchRequest, ctx: BenchContext): Promise<TimeFigures> {
  ctx.say('Labelling by keys');
  await page.keyboard.press('Alt+4');
  await page.waitForTimeout(2_000);
  for (let i = 0; i < numKeys; i++) {
    const before = (await callsOf(page, 'labels.assign')).length;
    await page.keyboard.press(String((i % 8) + 1));
    await page.waitForFunction(
      (count) =>
        (window as unknown as { benchNotes: { calls: { name: string }[] } }).benchNotes.calls.filter(({ name }) => name === 'labels.assign')
          .length > count,
      before,
    );
    await page.waitForTimeout(betweenKeysMs);
  }
  return timeFigures((await callsOf(page, 'labels.assign')).map(({ keyMs, endMs }) => endMs - keyMs));
}

async function measureSelectAll(page: Page, ctx: BenchContext): Promise<number> {
  ctx.say('Labelling everything at once');
  await page.keyboard.press('Alt+1');
  await page.waitForTimeout(1_500);
  const before = (await callsOf(page, 'labels.assign')).length;
  await page.keyboard.press('Control+a');
  await page.keyboard.press('1');
  await page.waitForFunction(
    (count) =>
      (window as unknown as { benchNotes: { calls: { name: string }[] } }).benchNotes.calls.filter(({ name }) => name === 'labels.assign')
        .length > count,
    before,
    { timeout: 60_000 },
  );
  const last = (await callsOf(page, 'labels.assign')).at(-1);
  return last === undefined ? NaN : Math.round(last.endMs - last.keyMs);
}
