import { describe, expect, test } from 'vitest';
import { formatDuration as ofTerminal } from '../../electron/cli/terminal.ts';
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatCountOf,
  formatDuration,
  formatInterval,
  formatPercent,
  truncateMiddle,
} from '../../renderer/lib/format.ts';

test('counts have thousands', () => {
  expect(formatCount(1234)).toBe('1,234');
  expect(formatCountOf(1, 'image')).toBe('1 image');
  expect(formatCountOf(0, 'image')).toBe('0 images');
  expect(formatCountOf(1200, 'class', 'classes')).toBe('1,200 classes');
});

test('shares and intervals', () => {
  expect(formatPercent(0.8642)).toBe('86.4 %');
  expect(formatPercent(1, 0)).toBe('100 %');
  expect(formatPercent(NaN)).toBe('–');
  expect(formatInterval(0.821, 0.9034)).toBe('82.1 to 90.3 %');
  expect(formatInterval(NaN, 1)).toBe('–');
});

test('durations are those of the command line', () => {
  for (const ms of [-5, 0, 400, 600, 12_000, 59_600, 60_000, 190_000, 3_599_600, 3_600_000, 3_900_000, 90_000_000])
    expect(formatDuration(ms)).toBe(ofTerminal(ms));
  expect(formatDuration(3_900_000)).toBe('1 h 5 min');
  expect(formatDuration(3_600_000)).toBe('1 h');
});

test('bytes change their unit where they would need a fourth digit', () => {
  expect(formatBytes(0)).toBe('0 B');
  expect(formatBytes(999)).toBe('999 B');
  expect(formatBytes(1000)).toBe('1.0 kB');
  expect(formatBytes(1_440_000)).toBe('1.4 MB');
  expect(formatBytes(999_960)).toBe('1.0 MB');
  expect(formatBytes(128e9)).toBe('128 GB');
});

test('times ago', () => {
  const now = Date.UTC(2026, 10, 22, 12);
  const ago = (minutes: number): string => formatAgo(now - minutes * 60e3, now);
  expect(ago(0.5)).toBe('just now');
  expect(ago(-3)).toBe('just now');
  expect(ago(12)).toBe('12 min ago');
  expect(ago(200)).toBe('3 h ago');
  expect(ago(60 * 30)).toBe('yesterday');
  expect(ago(60 * 24 * 5)).toBe('5 days ago');
  expect(ago(60 * 24 * 40)).toMatch(/2026$/);
});

describe('names cut in the middle', () => {
  test('keep both ends and the length', () => {
    expect(truncateMiddle('short.jpg', 20)).toBe('short.jpg');
    expect(truncateMiddle('DSC_trap_000412.jpg', 13)).toBe('DSC_tr…12.jpg');
    expect(truncateMiddle('DSC_trap_000412.jpg', 14)).toHaveLength(14);
    expect(truncateMiddle('abc', 1)).toBe('…');
    expect(truncateMiddle('abc', 0)).toBe('');
  });

  test('never split a character', () => {
    expect(truncateMiddle('🐟🐟🐟🐟🐟🐟', 3)).toBe('🐟…🐟');
  });
});
