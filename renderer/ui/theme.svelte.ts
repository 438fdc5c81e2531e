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

/** Sets the theme, or goes back to following the system. */
export function setTheme(theme: 'light' | 'dark' | 'system'): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
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
