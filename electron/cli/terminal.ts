/** What a person sees while a command runs: one moving line on a terminal, plain lines elsewhere. Everything goes to stderr. */
import { stderr } from 'node:process';
import type { JobSnapshot } from '../services/workspace.ts';

/** Between two plain lines of one phase. */
const plainIntervalMs = 15_000;
const barWidth = 24;

/** `1 h 5 min`, `3 min 10 s`, `12 s` */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1e3));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

/** File names may hold line breaks and codes that terminals obey. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}

/** Columns padded to the widest cell; numbers to the right. */
export function formatTable(rows: readonly (readonly string[])[], indent = '  '): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const isNumber = (text: string): boolean => /^[-+]?[\d.,]+ ?%?$/.test(text);
  const cell = (text: string, column: number): string =>
    isNumber(text) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  return cells.map((row) => `${indent}${row.map(cell).join('  ')}`.trimEnd()).join('\n');
}

export function formatPercent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

const verbs: Readonly<Record<string, string>> = {
  scan: 'Looking for images',
  import: 'Reading images',
  adapt: 'Adapting',
  finetune: 'Fine-tuning',
  embed: 'Computing features',
  predict: 'Predicting',
  sample: 'Making sample images',
  comparison: 'Comparing features',
  'cross-validation': 'Cross-validating',
  build: 'Writing the model',
  'check-squares': 'Verifying the written model',
  'check-files': 'Verifying it on the original files',
  download: 'Downloading',
  reconnect: 'Connection lost, trying again',
  checksum: 'Comparing the checksum',
  'check-weights': 'Checking the weights',
};

/** Whether a job counts seconds: adapting for some minutes does. */
function countsSeconds({ kind, params }: Pick<JobSnapshot, 'kind' | 'params'>): boolean {
  return kind === 'adapt' && (params as { budget?: { minutes?: number } }).budget?.minutes !== undefined;
}

/** What is shown of a job. */
export type ShownJob = Pick<JobSnapshot, 'kind' | 'params' | 'state' | 'remainingMs'>;

/** `Reading images  120 of 400  30 %  about 12 s left` */
export function formatProgress(snapshot: ShownJob): string | null {
  const { state, remainingMs } = snapshot;
  if (state.status !== 'running' || state.phase === '') return null;
  const { phase, done, total } = state;
  const amount = (value: number): string => {
    if (snapshot.kind === 'download') return `${(value / 1e6).toFixed(1)} MB`;
    return countsSeconds(snapshot) ? formatDuration(1e3 * value) : String(Math.round(value));
  };
  const what = verbs[phase] ?? phase.charAt(0).toUpperCase() + phase.slice(1);
  const count = total === null ? amount(done) : `${amount(done)} of ${amount(total)}  ${Math.floor((100 * done) / Math.max(1, total))} %`;
  const left = remainingMs === null ? '' : `  about ${formatDuration(remainingMs)} left`;
  return `${what}  ${count}${left}`;
}

export interface Terminal {
  readonly onJob: (snapshot: ShownJob) => void;
  /** A line of its own, above the moving one. */
  readonly say: (text: string) => void;
  readonly warn: (message: string) => void;
}

/** A moving line where stderr is a terminal, a plain line now and then elsewhere, only warnings where `quiet`. */
export function createTerminal({ quiet = false, isTerminal = stderr.isTTY }: { quiet?: boolean; isTerminal?: boolean } = {}): Terminal {
  let shown = false;
  let phase = '';
  let plainAt = 0;
  const clear = (): void => {
    if (shown) stderr.write('\r\x1b[2K');
    shown = false;
  };
  const line = (text: string): void => {
    clear();
    stderr.write(`${text}\n`);
  };
  return {
    onJob(snapshot) {
      if (quiet) return;
      const text = formatProgress(snapshot);
      if (text === null) {
        clear();
        phase = '';
        return;
      }
      const { state } = snapshot;
      if (isTerminal) {
        const share = state.status === 'running' && state.total !== null && state.total > 0 ? state.done / state.total : 0;
        const filled = Math.round(barWidth * Math.min(1, share));
        stderr.write(`\r\x1b[2K${`${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}  ${text}`.slice(0, (stderr.columns || 100) - 1)}`);
        shown = true;
      } else {
        const now = performance.now();
        const key = state.status === 'running' ? state.phase : '';
        if (key === phase && now - plainAt < plainIntervalMs) return;
        phase = key;
        plainAt = now;
        line(text);
      }
    },
    say: (text) => {
      if (!quiet) line(text);
    },
    warn: (message) => line(`Note: ${message}`),
  };
}
