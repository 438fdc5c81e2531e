/** Which charts a table of an experiment calls for: one for every axis along which something was varied. */
import { chartSvg } from './chart.ts';
import type { ChartSeries } from './chart.ts';
import { shortName } from './experiment-table.ts';
import { budgetName } from './summarise.ts';
import type { SummaryRow } from './summarise.ts';

export interface ChartFile {
  readonly name: string;
  readonly svg: string;
}

interface Axis {
  readonly file: string;
  readonly title: string;
  readonly xTitle: string;
  readonly of: (row: SummaryRow) => string;
}

const methodOf = ({ cell }: SummaryRow): string =>
  cell.method === null ? 'unadapted' : `${cell.method}${cell.normOnly ? ', norms only' : ''}`;

const axes: readonly Axis[] = [
  { file: 'by-labels', title: 'Accuracy by number of labels', xTitle: 'labels', of: ({ numLabels }) => String(numLabels) },
  { file: 'by-budget', title: 'Accuracy by length of adaptation', xTitle: 'adaptation', of: ({ cell }) => budgetName(cell.budget) },
  {
    file: 'by-images',
    title: 'Accuracy by number of images adapted on',
    xTitle: 'images',
    of: ({ cell }) => (cell.maxImages === null ? 'all' : String(cell.maxImages)),
  },
  { file: 'by-views', title: 'Accuracy by augmentation', xTitle: 'how views are altered', of: ({ cell }) => cell.augmentation.name },
  {
    file: 'by-stages',
    title: 'Accuracy by stages before the target',
    xTitle: 'folders learnt from before',
    of: ({ cell }) => cell.chain.map(shortName).join(' → ') || 'none',
  },
  { file: 'by-start', title: 'Accuracy by what adaptation starts from', xTitle: 'start', of: ({ cell }) => shortName(cell.base) },
];

/** The rows as tested at the size that is best on average, and with the most labels unless labels are the axis. */
function comparable(rows: readonly SummaryRow[], axis: Axis): SummaryRow[] {
  const isMeasured = rows.filter((row) => row.accuracy !== null);
  const sizes = Map.groupBy(isMeasured, ({ px }) => px);
  const average = (group: readonly SummaryRow[]): number =>
    group.reduce((sum, { accuracy }) => sum + (accuracy?.mean ?? 0), 0) / Math.max(1, group.length);
  const px = [...sizes].toSorted(([, a], [, b]) => average(b) - average(a))[0]?.[0];
  const most = Math.max(...isMeasured.map(({ numLabels }) => numLabels));
  return isMeasured.filter((row) => row.px === px && (axis.file === 'by-labels' || row.numLabels === most));
}

/** Charts of all axes with more than one value. */
export function experimentCharts(rows: readonly SummaryRow[]): ChartFile[] {
  return axes.flatMap((axis) => {
    const shown = comparable(rows, axis);
    const adapted = shown.filter(({ cell }) => cell.method !== null);
    const xValues = [...new Set((axis.file === 'by-labels' ? shown : adapted).map(axis.of))];
    if (xValues.length < 2) return [];
    const others = [{ of: methodOf }, ...axes.filter(({ file }) => file !== axis.file && file !== 'by-labels')];
    const varied = others.filter(({ of }) => new Set(adapted.map(of)).size > 1);
    const nameOf = (row: SummaryRow): string => varied.map(({ of }) => of(row)).join(', ') || methodOf(row);
    const series = [
      ...Map.groupBy(axis.file === 'by-labels' ? shown : adapted, (row) => (row.cell.method === null ? 'unadapted' : nameOf(row))),
    ].map(([name, group]): ChartSeries => ({
      name,
      points: group
        .map((row) => ({ x: axis.of(row), y: row.accuracy?.mean ?? 0, spread: row.accuracy?.deviation ?? 0 }))
        .toSorted((a, b) => xValues.indexOf(a.x) - xValues.indexOf(b.x)),
    }));
    const { px, numLabels } = shown[0] ?? { px: 0, numLabels: 0 };
    const at = axis.file === 'by-labels' ? `tested at ${px} px` : `${numLabels} labels, tested at ${px} px`;
    return [{ name: `${axis.file}.svg`, svg: chartSvg({ ...axis, title: `${axis.title} (${at})`, yTitle: 'accuracy', xValues, series }) }];
  });
}
