import { env } from 'node:process';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // State classes (*.svelte.ts) and components are compiled for the browser, where effects run.
  plugins: [svelte({ configFile: false })],
  resolve: { conditions: ['browser'] },
  test: {
    // The tokens are read as text, to check their contrast.
    css: { include: [/tokens\.css/] },
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
    // A browser on a machine with two busy cores may once be late; what fails twice is broken.
    retry: env['CI'] === undefined ? 0 : 1,
    reporters: env['CI'] === undefined ? ['default'] : ['default', ['json', { outputFile: 'node_modules/.cache/test-results.json' }]],
  },
});
