/** Numbers, times and names as people read them. Pure; the language is English throughout, so that figures in exports and windows agree. */

const counts = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** `1,234` */
export function formatCount(count: number): string {
  return counts.format(count);
}

/** `1 image`, `1,234 images`; `plural` for words that do not take an s. */
export function formatCountOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

/** A share from 0 to 1: `86.4 %`. */
export function formatPercent(share: number, digits = 1): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(digits)} %` : '–';
}

/** An interval of shares: `82.1 to 90.3 %`. */
export function formatInterval(low: number, high: number, digits = 1): string {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return '–';
  return `${(100 * low).toFixed(digits)} to ${formatPercent(high, digits)}`;
}

/** `1 h 5 min`, `3 min 10 s`, `12 s`, as the command line says it. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1e3));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** `512 B`, `1.4 MB`: powers of 1,000, as disks and stores count. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;
  let value = Math.max(0, bytes);
  let unit = 0;
  // 999.95 would round up to 1000.0.
  while (unit < units.length - 1 && value >= (unit === 0 ? 1000 : 999.95)) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(value < 99.95 ? 1 : 0)} ${units[unit] ?? 'TB'}`;
}

/** An amount of a job's progress: `12 s`, `3.4 MB`, `1,234`. */
export function formatAmount(value: number, unit: 'images' | 'seconds' | 'steps' | 'bytes'): string {
  if (unit === 'seconds') return formatDuration(1e3 * value);
  return unit === 'bytes' ? formatBytes(value) : formatCount(value);
}

/** How long ago a time was: `just now`, `12 min ago`, `3 h ago`, `yesterday`, `5 days ago`, then the date. Both in ms since 1970. */
export function formatAgo(at: number, now = Date.now()): string {
  const minutes = Math.floor((now - at) / 60e3);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ago`;
  const days = Math.floor(hours / 24);
  if (days === 1) return 'yesterday';
  if (days < 14) return `${days} days ago`;
  return new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' }).format(at);
}

/** A file name cut in its middle to `max` characters, so that number and extension stay: `DSC_trap…0412.jpg`. Characters are never split. */
export function truncateMiddle(name: string, max: number): string {
  const characters = Array.from(name);
  if (characters.length <= max) return name;
  if (max <= 1) return '…'.slice(0, Math.max(0, max));
  const tail = Math.ceil((max - 1) / 2);
  return `${characters.slice(0, max - 1 - tail).join('')}…${characters.slice(characters.length - tail).join('')}`;
}
