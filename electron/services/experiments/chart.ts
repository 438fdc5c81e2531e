/** Line charts as SVG files: a few series over numbers or names, each point with its spread. */
import { classPalette } from '../../contract/class-palette.ts';

export interface ChartPoint {
  readonly x: string;
  /** In [0, 1]. */
  readonly y: number;
  /** Half the length of its bar. */
  readonly spread: number;
}

export interface ChartSeries {
  readonly name: string;
  readonly points: readonly ChartPoint[];
}

export interface Chart {
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  /** In order from left to right; set evenly, since steps, labels and images are usually doubled or multiplied. */
  readonly xValues: readonly string[];
  readonly series: readonly ChartSeries[];
}

const plot = { left: 64, top: 44, width: 520, height: 300 } as const;
const rowHeight = 18;

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[character] ?? character);
const at = (value: number): string => String(Math.round(value * 10) / 10);

/** Round numbers that hold all values, and their step. */
function yScale(series: readonly ChartSeries[]): { readonly low: number; readonly high: number; readonly step: number } {
  const ends = series.flatMap(({ points }) => points.flatMap(({ y, spread }) => [y - spread, y + spread]));
  const [least, most] = [Math.max(0, Math.min(...ends)), Math.min(1, Math.max(...ends))];
  const step = [0.01, 0.02, 0.05, 0.1, 0.2].find((size) => (most - least) / size <= 7) ?? 0.2;
  return { low: Math.floor(least / step + 1e-9) * step, high: Math.max(Math.ceil(most / step - 1e-9) * step, step), step };
}

/** The chart as the text of an SVG file, readable on light and dark ground. */
export function chartSvg({ title, xTitle, yTitle, xValues, series }: Chart): string {
  const { low, high, step } = yScale(series);
  const slot = plot.width / xValues.length;
  const centre = (value: string): number => plot.left + slot * (xValues.indexOf(value) + 0.5);
  // Side by side, so that bars of different series do not cover each other.
  const apart = Math.min(7, (0.6 * slot) / series.length);
  const y = (value: number): number => plot.top + plot.height * (1 - (value - low) / Math.max(high - low, step));
  const ticks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, i) => low + i * step);
  const legendTop = plot.top + plot.height + 56;
  const height = legendTop + series.length * rowHeight + 8;
  const bottom = plot.top + plot.height;
  const grid = ticks.map(
    (tick) =>
      `<line x1="${plot.left}" x2="${plot.left + plot.width}" y1="${at(y(tick))}" y2="${at(y(tick))}" stroke="#dddddd"/>` +
      `<text x="${plot.left - 8}" y="${at(y(tick) + 4)}" text-anchor="end">${Math.round(tick * 100)} %</text>`,
  );
  const names = xValues.map((value) => `<text x="${at(centre(value))}" y="${bottom + 18}" text-anchor="middle">${escaped(value)}</text>`);
  const drawn = series.map(({ name, points }, index) => {
    const x = (value: string): number => centre(value) + apart * (index - (series.length - 1) / 2);
    const colour = classPalette[index % classPalette.length] ?? '#000000';
    const path = points.map((point, i) => `${i === 0 ? 'M' : 'L'}${at(x(point.x))} ${at(y(point.y))}`).join(' ');
    const marks = points.map(
      (point) =>
        `<line x1="${at(x(point.x))}" x2="${at(x(point.x))}" y1="${at(y(Math.max(low, point.y - point.spread)))}" y2="${at(y(Math.min(high, point.y + point.spread)))}" stroke="${colour}" opacity="0.5"/>` +
        `<circle cx="${at(x(point.x))}" cy="${at(y(point.y))}" r="3.5" fill="${colour}"><title>${escaped(`${name}, ${point.x}: ${(100 * point.y).toFixed(1)} %`)}</title></circle>`,
    );
    const rowY = legendTop + index * rowHeight;
    const legend = `<rect x="${plot.left}" y="${rowY - 9}" width="12" height="12" rx="2" fill="${colour}"/><text x="${plot.left + 20}" y="${rowY + 1}">${escaped(name)}</text>`;
    return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${marks.join('')}${legend}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${plot.left + plot.width + 24} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#333333" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="${plot.left}" y="24" font-size="15" font-weight="600">${escaped(title)}</text>`,
    ...grid,
    `<line x1="${plot.left}" x2="${plot.left + plot.width}" y1="${bottom}" y2="${bottom}" stroke="#888888"/>`,
    ...names,
    `<text x="${plot.left + plot.width / 2}" y="${bottom + 38}" text-anchor="middle">${escaped(xTitle)}</text>`,
    `<text transform="translate(16 ${plot.top + plot.height / 2}) rotate(-90)" text-anchor="middle">${escaped(yTitle)}</text>`,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}
