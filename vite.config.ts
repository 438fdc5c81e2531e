import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/**
 * The window. What is built must work under a content security policy without any unsafe-*: nothing is inlined, neither scripts nor styles
 * nor images. `--mode gallery` builds the page of all primitives instead, for looking at them.
 */
export default defineConfig(({ mode }) => ({
  root: 'renderer',
  base: './',
  plugins: [svelte({ configFile: false, compilerOptions: { css: 'external' } })],
  build: {
    outDir: mode === 'gallery' ? '../dist/gallery' : '../dist/renderer',
    emptyOutDir: true,
    target: ['chrome130', 'firefox130', 'safari18'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    ...(mode === 'gallery' ? { rolldownOptions: { input: 'renderer/gallery.html' } } : {}),
  },
}));
