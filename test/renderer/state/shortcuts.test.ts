import { describe, expect, it } from 'vitest';
import { findShortcut, matches, shortcuts } from '../../../renderer/lib/shortcuts.ts';
import type { KeyPress, Shortcut } from '../../../renderer/lib/shortcuts.ts';

const press = (key: string, held: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});

describe('shortcuts', () => {
  it('tells Ctrl from Cmd by the machine', () => {
    expect(matches('$mod+Z', press('z', { ctrlKey: true }), false)).toBe(true);
    expect(matches('$mod+Z', press('z', { metaKey: true }), false)).toBe(false);
    expect(matches('$mod+Z', press('z', { metaKey: true }), true)).toBe(true);
    expect(matches('$mod+Z', press('z', { ctrlKey: true }), true)).toBe(false);
  });

  it('tells undo from redo by Shift', () => {
    expect(findShortcut(press('z', { ctrlKey: true }), ['everywhere'], false)).toBe('undo');
    expect(findShortcut(press('Z', { ctrlKey: true, shiftKey: true }), ['everywhere'], false)).toBe('redo');
  });

  it('takes characters as they are typed, whatever key types them', () => {
    expect(findShortcut(press('?', { shiftKey: true }), ['everywhere'], false)).toBe('help');
    expect(findShortcut(press('/'), ['label'], false)).toBe('labelFind');
    expect(findShortcut(press('+', { shiftKey: true }), ['viewer'], false)).toBe('zoomIn');
  });

  it('leaves what is not in the table, and other modifiers, alone', () => {
    expect(findShortcut(press('q'), ['everywhere', 'label', 'images', 'explore', 'viewer'], false)).toBeNull();
    expect(findShortcut(press('x', { ctrlKey: true }), ['label'], false)).toBeNull();
    expect(findShortcut(press('ArrowLeft', { shiftKey: true }), ['label'], false)).toBeNull();
  });

  it('prefers the innermost scope', () => {
    expect(findShortcut(press('Escape'), ['viewer', 'images'], false)).toBe('closeViewer');
    expect(findShortcut(press('Escape'), ['images'], false)).toBe('clearSelection');
  });

  it('gives no key two meanings within a scope', () => {
    const seen = new Set<string>();
    for (const { scope, keys } of Object.values(shortcuts) as Shortcut[]) {
      for (const key of keys) {
        expect(seen.has(`${scope} ${key}`), `${scope}: ${key}`).toBe(false);
        seen.add(`${scope} ${key}`);
      }
    }
  });
});
