import { describe, expect, test } from 'vitest';
import { contrast } from '../../../renderer/ui/palette.ts';
import css from '../../../renderer/styles/tokens.css?raw';

const tokens = new Map<string, { light: string; dark: string }>();
for (const [, name = '', light = '', dark = ''] of css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g))
  tokens.set(name, { light, dark });
for (const [, name = '', both = ''] of css.matchAll(/--([\w-]+): (#\w{6});/g)) tokens.set(name, { light: both, dark: both });

function ratio(front: string, ground: string, theme: 'light' | 'dark'): number {
  const [a, b] = [tokens.get(front), tokens.get(ground)];
  if (a === undefined || b === undefined) throw new Error(`no token ${a === undefined ? front : ground}`);
  return contrast(a[theme], b[theme]);
}

const grounds = ['bg', 'bg-surface', 'bg-raised', 'bg-sunken', 'bg-hover', 'accent-soft'];
const texts = ['text', 'text-muted', 'text-faint', 'accent-text'];
const tones = ['danger', 'warning', 'success'];
const textPairs = [
  ...texts.flatMap((front) => grounds.map((ground) => [front, ground] as const)),
  ...tones.flatMap((tone) => [`${tone}-soft`, 'bg', 'bg-surface', 'bg-raised'].map((ground) => [`${tone}-text`, ground] as const)),
  ...tones.map((tone) => ['text', `${tone}-soft`] as const),
  ...['text', 'text-muted'].map((front) => [front, 'bg-active'] as const),
  ...['accent', 'accent-hover', 'danger', 'danger-hover'].map((ground) => ['text-on-accent', ground] as const),
  ['text-inverse', 'bg-inverse'] as const,
];
const boundaryPairs = ['line-strong', 'focus'].flatMap((front) =>
  ['bg', 'bg-surface', 'bg-raised'].map((ground) => [front, ground] as const),
);

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  test.each(textPairs)('%s reads on %s (AA, 4.5)', (front, ground) => {
    expect(ratio(front, ground, theme)).toBeGreaterThanOrEqual(4.5);
  });
  test.each(boundaryPairs)('%s shows on %s (3)', (front, ground) => {
    expect(ratio(front, ground, theme)).toBeGreaterThanOrEqual(3);
  });
});
