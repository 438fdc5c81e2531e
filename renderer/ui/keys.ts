const names: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Space: 'Space',
  ' ': 'Space',
  Enter: '↵',
  Escape: 'Esc',
  Delete: 'Del',
  Backspace: '⌫',
  Shift: '⇧',
};

function isApple(): boolean {
  return typeof navigator !== 'undefined' && /Mac|iP(hone|ad)/.test(navigator.userAgent);
}

/** What is printed on the keys of `$mod+Shift+z`, one label a key, on this machine or on the one said. */
export function keyLabels(keys: string, apple = isApple()): string[] {
  return keys
    .split(/\+(?!$)/)
    .filter((key) => key !== '')
    .map((key) => {
      if (key === '$mod') return apple ? '⌘' : 'Ctrl';
      if (key === 'Control' || key === 'Ctrl') return apple ? '⌃' : 'Ctrl';
      if (key === 'Alt') return apple ? '⌥' : 'Alt';
      if (key === 'Meta') return apple ? '⌘' : 'Meta';
      const code = /^(?:Key|Digit)(.)$/.exec(key)?.[1];
      return names[key] ?? code ?? (key.length === 1 ? key.toUpperCase() : key);
    });
}
