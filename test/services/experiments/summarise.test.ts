import { describe, expect, it } from 'vitest';
import { chartSvg } from '../../../electron/services/experiments/chart.ts';
import { experimentCharts } from '../../../electron/services/experiments/experiment-charts.ts';
import { csvTable, markdownTable } from '../../../electron/services/experiments/experiment-table.ts';
import { cellsOf, rowKey } from '../../../electron/services/experiments/grid.ts';
import type { Cell, Grid } from '../../../electron/services/experiments/grid.ts';
import { drawnImages, labelDraw } from '../../../electron/services/experiments/label-draws.ts';
import type { CellResult } from '../../../electron/services/experiments/measure-cell.ts';
import { pairedGain, summarise } from '../../../electron/services/experiments/summarise.ts';

const grid: Grid = {
  bases: ['nets/a.safetensors'],
  chains: [[], ['leaves']],
  methods: ['byol', 'diet'],
  budgets: [{ steps: 10 }, { steps: 100 }],
  augmentations: [{ name: 'own', choice: null }],
  imageCounts: [null, 50],
  normOnly: [false],
  seeds: [0, 1],
};

describe('a grid', () => {
  it('has the networks as they come, then every combination once, the seeds of a row together', () => {
    const cells = cellsOf(grid);
    expect(cells.length).toBe(1 + 2 * 2 * 2 * 2 * 2);
    expect(cells[0]).toMatchObject({ method: null, base: 'nets/a.safetensors' });
    expect(new Set(cells.map((cell) => JSON.stringify(cell))).size).toBe(cells.length);
    const keys = cells.map(rowKey);
    expect(new Set(keys).size).toBe(1 + 16);
    for (let i = 1; i < keys.length; i += 2) expect(keys[i]).toBe(keys[i + 1]);
  });
});

describe('label draws', () => {
  it('are nested, differ, and repeat', () => {
    expect(labelDraw(100, 10, 3)).toEqual(labelDraw(100, 40, 3).slice(0, 10));
    expect(labelDraw(100, 10, 3)).not.toEqual(labelDraw(100, 10, 4));
    const needed = drawnImages(100, 10, 4);
    expect([...needed]).toEqual([...new Set(needed)].sort((a, b) => a - b));
    for (let draw = 0; draw < 4; draw++) for (const image of labelDraw(100, 10, draw)) expect(needed).toContain(image);
  });
});

describe('the gain', () => {
  it('has the t interval over draws of one adaptation, and over adaptations where there are several', () => {
    const one = pairedGain([[0.1, 0.2, 0.3]]);
    // Mean .2, standard deviation .1, t(2) = 4.303.
    expect(one.mean).toBeCloseTo(0.2, 10);
    expect(one.low).toBeCloseTo(0.2 - (4.303 * 0.1) / Math.sqrt(3), 6);
    const several = pairedGain([
      [0.1, 0.3],
      [0.3, 0.5],
    ]);
    // Means .2 and .4, t(1) = 12.706.
    expect(several.high).toBeCloseTo(0.3 + (12.706 * Math.sqrt(0.02)) / Math.sqrt(2), 6);
    expect(pairedGain([[0.1]])).toMatchObject({ low: null, high: null });
  });
});

const cell = (changes: Partial<Cell>): Cell => ({ ...cellsOf(grid)[1]!, ...changes });
const unadapted = cellsOf(grid)[0]!;
const scores = (values: Record<number, number[]>): CellResult['scores'] =>
  Object.entries(values).map(([px, accuracies]) => ({ px: Number(px), numLabels: 50, accuracies }));
const result = (of: Cell, given: Record<number, number[]>): CellResult => ({
  cell: of,
  failure: null,
  numPresentations: 640,
  numSteps: 10,
  seconds: 5,
  scores: scores(given),
});

const results: CellResult[] = [
  result(unadapted, { 96: [0.3, 0.4], 160: [0.5, 0.6] }),
  result(cell({ seed: 0 }), { 96: [0.6, 0.8], 160: [0.7, 0.9] }),
  result(cell({ seed: 1 }), { 96: [0.7, 0.7], 160: [0.6, 0.6] }),
  { ...result(cell({ method: 'diet' }), {}), failure: 'The features | collapsed.' },
  result(cell({ budget: { steps: 100 } }), { 96: [0.2, 0.2], 160: [0.9, 0.9] }),
];

describe('a summary', () => {
  const rows = summarise(results);
  const row = (px: number, budget: number) =>
    rows.find((each) => each.px === px && each.cell.budget !== null && 'steps' in each.cell.budget && each.cell.budget.steps === budget)!;

  it('averages over seeds and draws, and compares with the unadapted network at its best size', () => {
    expect(row(96, 10)).toMatchObject({ numSeeds: 2, numPresentations: 640 });
    expect(row(96, 10).accuracy?.mean).toBeCloseTo(0.7, 10);
    // Draw by draw against .5 and .6 at 160 px, not against .3 and .4.
    expect(row(96, 10).gain?.mean).toBeCloseTo(0.15, 10);
    expect(rows.find(({ cell: { method } }) => method === null)?.gain).toBeNull();
  });

  it('keeps a training that was stopped as a row with its reason', () => {
    const stopped = rows.find(({ cell: { method } }) => method === 'diet')!;
    expect(stopped).toMatchObject({ accuracy: null, failures: ['The features | collapsed.'] });
    expect(markdownTable(rows)).toContain('a, diet, 10 steps, seed 0: The features | collapsed.');
  });

  it('becomes tables that say once what is the same in all rows', () => {
    const lines = markdownTable(rows).split('\n');
    expect(lines[0]).toContain('start: a');
    expect(lines[2]).toBe('| method | budget | tested at px | labels | accuracy % | gain, points | presentations | seconds |');
    expect(lines).toContain('| unadapted | none | 160 | 50 | 55.0 ± 7.1 |  | 640 | 5 |');
    const csv = csvTable(rows).trimEnd().split('\n');
    expect(csv.length).toBe(1 + rows.length);
    expect(new Set(csv.map((line) => line.split(',').length)).size).toBe(1);
  });

  it('becomes charts of what was varied, with every measured point', () => {
    const charts = experimentCharts(rows);
    expect(charts.map(({ name }) => name)).toEqual(['by-budget.svg']);
    const { svg } = charts[0]!;
    expect(svg.match(/<circle/g)?.length).toBe(2);
    expect(svg).toContain('10 steps');
    expect(svg).toContain('tested at 160 px');
  });
});

describe('a chart', () => {
  it('keeps its points inside, whatever the values, and names as text', () => {
    for (const y of [0, 0.003, 0.5, 0.97, 1]) {
      const svg = chartSvg({
        title: 'a < b & "c"',
        xTitle: 'x',
        yTitle: 'y',
        xValues: ['1', '2'],
        series: [{ name: '<script>', points: [{ x: '1', y, spread: 0.2 }] }],
      });
      expect(svg).not.toContain('<script>');
      expect(svg).toContain('a &lt; b &amp; &quot;c&quot;');
      const cy = Number(/cy="([\d.-]+)"/.exec(svg)![1]);
      expect(cy).toBeGreaterThanOrEqual(44);
      expect(cy).toBeLessThanOrEqual(344);
    }
  });
});
