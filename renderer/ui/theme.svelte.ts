import { createSubscriber } from 'svelte/reactivity';

const subscribe = createSubscriber((update) => {
  const query = matchMedia('(prefers-color-scheme: dark)');
  query.addEventListener('change', update);
  const observer = new MutationObserver(update);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  return () => {
    query.removeEventListener('change', update);
    observer.disconnect();
  };
});

/** The theme shown now. Read inside an effect or a $derived, it is followed: canvases redraw when it changes. */
export function currentTheme(): 'light' | 'dark' {
  subscribe();
  const chosen = document.documentElement.dataset['theme'];
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

export type ThemeChoice = 'light' | 'dark' | 'system';

const storageKey = 'acclimate.theme';

/** What is chosen, which may be to follow the system. Followed like `currentTheme`. */
export function chosenTheme(): ThemeChoice {
  subscribe();
  const chosen = document.documentElement.dataset['theme'];
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
}

function show(theme: ThemeChoice): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

/** Sets the theme, or goes back to following the system, and keeps that for the next time. */
export function setTheme(theme: ThemeChoice): void {
  show(theme);
  try {
    localStorage.setItem(storageKey, theme);
  } catch {
    // A browser may refuse to keep anything; then it holds for this time.
  }
}

/** Shows the theme that was kept. */
export function restoreTheme(): void {
  try {
    const kept = localStorage.getItem(storageKey);
    if (kept === 'light' || kept === 'dark') show(kept);
  } catch {
    // As the system, then.
  }
}

/** What a CSS colour comes to at `host`, as `rgb(...)`: for canvas and WebGL, which know no custom properties. `color` may be `var(--accent)`. */
export function resolveColor(host: HTMLElement, color: string): string {
  const probe = document.createElement('span');
  probe.style.color = color;
  host.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}
