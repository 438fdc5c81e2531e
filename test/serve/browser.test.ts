/** The client in a real browser against the real server: the policy, cookies and sockets as browsers understand them. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import type { BrowserContext, Page } from 'playwright-core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { StaticFile } from '../../electron/window-files/static-files.ts';
import { serve } from './client.ts';
import type { Served } from './client.ts';
import { job } from './fake-engine.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const args =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'.split(
    ' ',
  );

/** A script with everything it imports, as scripts that browsers run. */
function scripts(path: string, found = new Map<string, StaticFile>()): Map<string, StaticFile> {
  const address = `/${relative(repository, path).split(sep).join('/')}`;
  if (found.has(address)) return found;
  const code = stripTypeScriptTypes(readFileSync(path, 'utf8'));
  found.set(address, { mime: 'text/javascript', bytes: new TextEncoder().encode(code), isHashed: false });
  for (const [, imported] of code.matchAll(/^import [^;]*?from '(\.[^']+)';/gm)) scripts(resolve(dirname(path), imported!), found);
  return found;
}

const text = (source: string, mime: string): StaticFile => ({ mime, bytes: new TextEncoder().encode(source), isHashed: false });

/** A window that is a client and nothing else; it puts it where tests find it. */
function windowFiles(): Map<string, StaticFile> {
  const files = scripts(join(repository, 'renderer', 'api', 'browser-bridge.ts'));
  const main = `import { createBrowserBridge } from '/renderer/api/browser-bridge.ts';
const bridge = await createBrowserBridge();
window.heard = [];
window.states = [];
const { signal } = new AbortController();
bridge.onConnection((state) => window.states.push(state.status), { signal });
bridge.events.on('job.changed', (job) => window.heard.push(job.id), { signal });
window.bridge = bridge;`;
  const page = text(
    '<!doctype html><title>window</title><link rel="icon" href="data:," /><script type="module" src="/main.js"></script>',
    'text/html; charset=utf-8',
  );
  return files.set('/', page).set('/main.js', text(main, 'text/javascript'));
}

async function open(): Promise<{ served: Served; page: Page; context: BrowserContext }> {
  const served = await serve({ files: windowFiles() });
  const profile = mkdtempSync(join(tmpdir(), 'acclimate-browser-'));
  const context = await chromium.launchPersistentContext(profile, { executablePath: executablePath!, headless: true, args });
  onTestFinished(async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });
  return { served, context, page: await context.newPage() };
}

const isConnected = "globalThis.states?.at(-1) === 'connected'";

/** Waits for an expression to hold. Playwright's own wait evaluates it in the page, which the policy forbids. */
async function until(page: Page, expression: string): Promise<void> {
  await vi.waitFor(async () => expect(await page.evaluate(expression)).toBe(true), { timeout: 20_000 });
}

/** Signs in as a person does, with the printed address. */
async function signIn({ origin, secrets }: Served, page: Page): Promise<void> {
  await page.goto(`${origin}/#token=${secrets.token}`);
  await until(page, isConnected);
}

if (executablePath === undefined) console.log('Skipped: there is no Chromium here to test the client in.');

describe.skipIf(executablePath === undefined)('in a browser', () => {
  it('the printed address signs in, vanishes, and lasts over a reload', async () => {
    const { served, page, context } = await open();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    await signIn(served, page);
    expect(page.url()).toBe(`${served.origin}/`);
    expect(await context.cookies()).toMatchObject([{ httpOnly: true, sameSite: 'Strict', name: served.cookie.split('=')[0] }]);
    expect(await page.evaluate("bridge.api.call('app.view', {})")).toEqual({ version: '1.2.3' });
    await page.reload();
    await until(page, isConnected);
    expect(complaints).toEqual([]);
  });

  it('typed arrays, errors and events arrive, and pictures are shown', async () => {
    const { served, page } = await open();
    await signIn(served, page);
    const columns =
      "bridge.api.call('images.columns', {}).then(({ ids, confidence }) => [ids.constructor.name, [...ids], isNaN(confidence[1])])";
    expect(await page.evaluate(columns)).toEqual(['Int32Array', [1, 2, 3], true]);
    const failed = "bridge.api.call('project.close', {}).catch(({ name, code, message }) => [name, code, message])";
    expect(await page.evaluate(failed)).toEqual(['AppError', 'conflict', 'No project is open.']);
    await until(page, 'heard.length === 1 && heard[0] === 7');
    served.server.emit('job.changed', { ...job, id: 8 });
    await until(page, 'heard[1] === 8');
    expect(await page.evaluate("fetch(bridge.imageUrl(5, 'tile', 'v')).then(({ status }) => status)")).toBe(200);
  });

  it('nothing gets in without the address, and the window says so', async () => {
    const { served, page } = await open();
    await page.goto(served.origin);
    await until(page, "globalThis.states?.at(-1) === 'lost'");
    expect(await page.evaluate("bridge.api.call('app.view', {}).catch(({ code }) => code)")).toBe('io');
    expect(served.engine.seen).toEqual([]);
    // The printed address, opened in the window that is there.
    await page.evaluate(`location.hash = 'token=${served.secrets.token}'`);
    await until(page, isConnected);
    expect(page.url()).not.toContain('token');
  });

  it('a page of another port of this machine gets nothing done', async () => {
    const { served, page } = await open();
    await signIn(served, page);
    const other = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>other</title>'));
    await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
    onTestFinished(() => void other.close());
    await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
    const before = served.engine.seen.length;
    const attacks = `(async () => {
      const url = '${served.origin}/call/images.exclude';
      const outcome = (promise) => promise.then(({ status, type }) => type === 'opaque' ? 'opaque' : status, () => 'refused');
      const options = { method: 'POST', credentials: 'include', body: new Uint8Array(64) };
      const image = new Image();
      image.src = '${served.origin}/img/5/thumb?v=1';
      return [
        await outcome(fetch(url, options)),
        await outcome(fetch(url, { ...options, mode: 'no-cors' })),
        await outcome(fetch(url, { ...options, headers: { 'Content-Type': 'application/octet-stream' } })),
        await outcome(new Promise((resolve, reject) => {
          const socket = new WebSocket('${served.origin.replace('http', 'ws')}/events');
          socket.onopen = () => resolve({ status: 'open' });
          socket.onerror = reject;
        })),
        await outcome(image.decode()),
      ];
    })()`;
    expect(await page.evaluate(attacks)).toEqual(['refused', 'refused', 'refused', 'refused', 'refused']);
    expect(served.engine.seen).toHaveLength(before);
  });

  it('the policy stops what is inline, and sockets elsewhere', async () => {
    const { served, page } = await open();
    await signIn(served, page);
    const attempts = `(async () => {
      const violated = [];
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => violated.push(effectiveDirective));
      const script = document.createElement('script');
      script.textContent = 'window.isInlineRun = true';
      document.body.append(script);
      document.body.innerHTML += '<p style="color: red">x</p><img src="http://127.0.0.1:1/x.png">';
      try { new WebSocket('ws://127.0.0.1:1/'); } catch {}
      await new Promise((resolve) => setTimeout(resolve, 100));
      return [window.isInlineRun, [...new Set(violated)].sort()];
    })()`;
    expect(await page.evaluate(attempts)).toEqual([undefined, ['connect-src', 'img-src', 'script-src-elem', 'style-src-attr']]);
  });
});
