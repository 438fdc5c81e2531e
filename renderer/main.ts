/** The window's entry: finds its bridge to the engine and shows the app. */
import { mount } from 'svelte';
import type { Bridge, PreloadBridge } from '../electron/contract/bridge.ts';
import AppRoot from './App.svelte';
import { createBrowserBridge } from './api/browser-bridge.ts';
import { createElectronBridge } from './api/electron-bridge.ts';
import { App } from './state/app.svelte.ts';
import './styles/index.css';
import { restoreTheme } from './ui/theme.svelte.ts';

/** `?fake&images=5000&labelled=120&finished` on the development server shows the views without an engine. */
async function fakeBridge(): Promise<Bridge> {
  const { createFakeBridge } = await import('./api/fake-bridge.ts');
  const query = new URLSearchParams(location.search);
  const number = (name: string): number | undefined => (query.has(name) ? Number(query.get(name)) : undefined);
  return createFakeBridge({
    numImages: number('images'),
    numKinds: number('kinds'),
    numLabelled: number('labelled'),
    isFinished: query.has('finished'),
    isClosed: query.has('closed'),
  });
}

async function findBridge(): Promise<Bridge> {
  const preload = (window as { acclimate?: PreloadBridge }).acclimate;
  if (preload !== undefined) return createElectronBridge(preload);
  if (import.meta.env.DEV && new URLSearchParams(location.search).has('fake')) return await fakeBridge();
  return await createBrowserBridge();
}

restoreTheme();
const target = document.querySelector('#app');
if (target === null) throw new Error('The page has no place for the app.');
const app = new App(await findBridge(), { isMac: /Mac/.test(navigator.userAgent) });
mount(AppRoot, { target, props: { app } });
