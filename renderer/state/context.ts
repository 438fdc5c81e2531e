/** How components get at the app without passing it through every layer. */
import { createContext } from 'svelte';
import type { App } from './app.svelte.ts';

const [getApp, setApp] = createContext<App>();

export { getApp, setApp };
