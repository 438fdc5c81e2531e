/** An experiment as tables: Markdown to read, CSV to compute with. */
import { basename, extname } from 'node:path';
import type { Cell } from './grid.ts';
import { budgetName } from './summarise.ts';
import type { SummaryRow } from './summarise.ts';

/** The short name of a base or a folder. */
export function shortName(path: string): string {
  return path.startsWith('scratch') ? path : basename(path, extname(path));
}

interface Column {
  readonly title: string;
  readonly of: (row: SummaryRow) => string;
  /** Numbers are set to the right. */
  readonly isNumber?: boolean;
}

const percent = (share: number): string => (100 * share).toFixed(1);
const signed = (share: number): string => `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(1)}`;

const describing: readonly Column[] = [
  { title: 'start', of: ({ cell }) => shortName(cell.base) },
  { title: 'stages before', of: ({ cell }) => cell.chain.map(shortName).join(' → ') || 'none' },
  { title: 'method', of: ({ cell }) => (cell.method === null ? 'unadapted' : `${cell.method}${cell.normOnly ? ', norms only' : ''}`) },
  { title: 'views', of: ({ cell }) => cell.augmentation.name },
  { title: 'budget', of: ({ cell }) => budgetName(cell.budget) },
  { title: 'images', of: ({ cell }) => (cell.maxImages === null ? 'all' : String(cell.maxImages)), isNumber: true },
  { title: 'tested at px', of: ({ px }) => String(px), isNumber: true },
  { title: 'labels', of: ({ numLabels }) => String(numLabels), isNumber: true },
];

const measured: readonly Column[] = [
  {
    title: 'accuracy %',
    of: ({ accuracy }) => (accuracy === null ? 'stopped' : `${percent(accuracy.mean)} ± ${percent(accuracy.deviation)}`),
    isNumber: true,
  },
  {
    title: 'gain, points',
    of: ({ gain }) => {
      if (gain === null) return '';
      return gain.low === null || gain.high === null
        ? signed(gain.mean)
        : `${signed(gain.mean)} (${signed(gain.low)} to ${signed(gain.high)})`;
    },
    isNumber: true,
  },
  { title: 'presentations', of: ({ numPresentations }) => Math.round(numPresentations).toLocaleString('en'), isNumber: true },
  { title: 'seconds', of: ({ seconds }) => Math.round(seconds).toLocaleString('en'), isNumber: true },
];

/** A table of the columns in which the rows differ and of all that was measured; what is the same everywhere is said once. */
export interface TableCells {
  /** `views: own`, and so on. */
  readonly same: readonly string[];
  readonly header: readonly { readonly title: string; readonly isNumber: boolean }[];
  readonly body: readonly (readonly string[])[];
  /** Trainings that were stopped, with the reason. */
  readonly failures: readonly string[];
}

/** The rows as texts. */
export function tableCells(rows: readonly SummaryRow[]): TableCells {
  const differs = (column: Column): boolean => new Set(rows.map(column.of)).size > 1;
  const named = describing.filter((column) => column.title === 'method' || differs(column));
  const shown = [...named, ...measured];
  const failures = rows.flatMap(({ cell, failures: reasons }) => reasons.map((reason) => `${cellName(cell)}: ${reason}`));
  return {
    same: describing.filter((column) => !named.includes(column)).map(({ title, of }) => `${title}: ${rows[0] ? of(rows[0]) : ''}`),
    header: shown.map(({ title, isNumber = false }) => ({ title, isNumber })),
    body: rows.map((row) => shown.map(({ of }) => of(row))),
    failures: [...new Set(failures)],
  };
}

/** `| a | b |`, with what all rows share above. */
export function markdownTable(rows: readonly SummaryRow[]): string {
  const { same, header, body, failures } = tableCells(rows);
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    ...(same.length > 0 ? [`The same in every row: ${same.join('; ')}.`, ''] : []),
    line(header.map(({ title }) => title)),
    line(header.map(({ isNumber }) => (isNumber ? '---:' : '---'))),
    ...body.map(line),
    ...(failures.length > 0 ? ['', 'Stopped before the end:', '', ...failures.map((failure) => `- ${failure}`)] : []),
  ].join('\n');
}

/** A cell in a few words. */
export function cellName({ base, chain, method, budget, augmentation, maxImages, normOnly, seed }: Cell): string {
  if (method === null) return `${shortName(base)}, unadapted`;
  const parts = [
    shortName(base),
    ...chain.map((folder) => `after ${shortName(folder)}`),
    `${method}${normOnly ? ' (norms only)' : ''}`,
    budgetName(budget),
    ...(augmentation.choice === null ? [] : [augmentation.name]),
    ...(maxImages === null ? [] : [`${maxImages} images`]),
    `seed ${seed}`,
  ];
  return parts.join(', ');
}

const csvCell = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Every column, numbers in full. */
export function csvTable(rows: readonly SummaryRow[]): string {
  const header = [
    ...describing.map(({ title }) => title),
    'seeds',
    'accuracy',
    'deviation',
    'gain',
    'gain low',
    'gain high',
    'presentations',
    'seconds',
  ];
  const number = (value: number | null | undefined): string => (value === null || value === undefined ? '' : String(value));
  const body = rows.map((row) => [
    ...describing.map(({ of }) => of(row)),
    number(row.numSeeds),
    number(row.accuracy?.mean),
    number(row.accuracy?.deviation),
    number(row.gain?.mean),
    number(row.gain?.low),
    number(row.gain?.high),
    number(row.numPresentations),
    number(row.seconds),
  ]);
  return [header, ...body].map((cells) => `${cells.map(csvCell).join(',')}\n`).join('');
}
