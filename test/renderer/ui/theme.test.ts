import { afterEach, expect, it, vi } from 'vitest';
import { restoreTheme, setTheme } from '../../../renderer/ui/theme.svelte.ts';

afterEach(() => vi.unstubAllGlobals());

function page(kept: Map<string, string>): Record<string, string | undefined> {
  const dataset: Record<string, string | undefined> = {};
  vi.stubGlobal('document', { documentElement: { dataset } });
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
  return dataset;
}

it('shows the theme that was chosen the last time', () => {
  const kept = new Map<string, string>();
  page(kept);
  setTheme('dark');
  const next = page(kept);
  restoreTheme();
  expect(next['theme']).toBe('dark');
  setTheme('system');
  expect(next['theme']).toBeUndefined();
  const last = page(kept);
  restoreTheme();
  expect(last['theme']).toBeUndefined();
});

it('takes nothing else for a theme, and does without a store', () => {
  const odd = page(new Map([['acclimate.theme', 'purple']]));
  restoreTheme();
  expect(odd['theme']).toBeUndefined();
  const refusing = page(new Map());
  vi.stubGlobal('localStorage', {
    getItem: () => {
      throw new Error('refused');
    },
    setItem: () => {
      throw new Error('refused');
    },
  });
  restoreTheme();
  setTheme('light');
  expect(refusing['theme']).toBe('light');
});
