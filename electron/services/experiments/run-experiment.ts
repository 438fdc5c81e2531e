/** A grid of adaptations of one labelled folder, measured alike. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { createRandom } from '../../tensor/random.ts';
import { importFolders } from '../intake/import-folder.ts';
import { keepTestImages } from '../intake/test-split.ts';
import { answersFromFile, answersFromFolders } from '../labelling/label-images.ts';
import type { Workspace } from '../workspace.ts';
import { experimentCharts } from './experiment-charts.ts';
import { csvTable, markdownTable } from './experiment-table.ts';
import { cellsOf } from './grid.ts';
import type { Cell, Grid } from './grid.ts';
import { measureCell } from './measure-cell.ts';
import type { CellResult, Protocol } from './measure-cell.ts';
import { summarise } from './summarise.ts';
import type { SummaryRow } from './summarise.ts';

export interface ExperimentRequest extends Pick<Protocol, 'px' | 'batch' | 'testPx' | 'labelCounts' | 'numDraws'> {
  readonly folder: string;
  readonly labels: { readonly csv: string } | 'folders';
  readonly grid: Grid;
  /** Share of the images kept apart: never adapted on, never labelled, tested on. */
  readonly testShare: number;
  /** Of those, how many to test on at most. */
  readonly maxTest: number;
  readonly outDir: string;
}

export interface ExperimentReport {
  readonly numPool: number;
  readonly numTest: number;
  readonly classes: readonly string[];
  readonly rows: readonly SummaryRow[];
  /** Files written, by absolute path. */
  readonly files: readonly string[];
}

/** Told before every cell. */
export type CellListener = (cell: Cell, index: number, count: number) => void;

/**
 * Measures every cell of the grid and writes `results.json`, `table.md`, `table.csv` and charts after each, so that a look at an unfinished
 * experiment shows what there is. The workspace's project holds what was done; the same request goes on where it was. Throws for labels
 * that are too few, and what the steps throw.
 */
export async function runExperiment(
  workspace: Workspace,
  request: ExperimentRequest,
  onCell: CellListener = () => undefined,
): Promise<ExperimentReport> {
  await importFolders(workspace, [request.folder]);
  const { protocol, classes } = protocolOf(workspace, request);
  const cells = cellsOf(request.grid);
  const results: CellResult[] = [];
  let files: string[] = [];
  for (const [index, cell] of cells.entries()) {
    onCell(cell, index, cells.length);
    results.push(await measureCell(workspace, protocol, cell));
    files = writeResults(request, protocol, classes, results);
  }
  return { numPool: protocol.pool.length, numTest: protocol.test.length, classes, rows: summarise(results), files };
}

/** The images to label and to test on, those with a known class. Throws `conflict` where they are too few for the experiment. */
function protocolOf(
  workspace: Workspace,
  request: ExperimentRequest,
): { readonly protocol: Protocol; readonly classes: readonly string[] } {
  const { answers } =
    request.labels === 'folders' ? { answers: answersFromFolders(workspace) } : answersFromFile(workspace, request.labels.csv);
  const classes = [...new Set(answers.values())].sort();
  const indexOf = new Map(classes.map((name, index) => [name, index]));
  const held = new Set(keepTestImages(workspace, request.testShare));
  const known = workspace.project.images.usable().filter((id) => answers.has(id));
  const pool = known.filter((id) => !held.has(id));
  const kept = known.filter((id) => held.has(id));
  const test = createRandom(0)
    .permutation(kept.length)
    .slice(0, request.maxTest)
    .toSorted()
    .map((at) => kept[at] ?? 0);
  const most = Math.max(...request.labelCounts);
  if (classes.length < 2)
    throw new AppError('conflict', 'An experiment needs labels of at least two classes. Give the true labels of the folder.');
  if (pool.length < most || test.length < 2) {
    throw new AppError(
      'conflict',
      `The folder has ${pool.length} labelled images to learn from and ${test.length} to test on; the experiment asks for ${most} labels. Ask for fewer, or give more.`,
    );
  }
  const { px, batch, testPx, labelCounts, numDraws } = request;
  return {
    protocol: {
      px,
      batch,
      testPx,
      labelCounts,
      numDraws,
      pool,
      test,
      classOf: new Map([...answers].map(([id, name]) => [id, indexOf.get(name) ?? 0])),
      numClasses: classes.length,
    },
    classes,
  };
}

function writeResults(
  request: ExperimentRequest,
  protocol: Protocol,
  classes: readonly string[],
  results: readonly CellResult[],
): string[] {
  const rows = summarise(results);
  const { px, batch, testPx, labelCounts, numDraws, pool, test } = protocol;
  const settings = {
    folder: request.folder,
    px,
    batch,
    testPx,
    labelCounts,
    numDraws,
    numPool: pool.length,
    numTest: test.length,
    classes,
  };
  mkdirSync(request.outDir, { recursive: true });
  const texts = [
    { name: 'results.json', text: `${JSON.stringify({ settings, results }, null, 1)}\n` },
    { name: 'table.md', text: `${markdownTable(rows)}\n` },
    { name: 'table.csv', text: csvTable(rows) },
    ...experimentCharts(rows).map(({ name, svg }) => ({ name, text: svg })),
  ];
  return texts.map(({ name, text }) => {
    const path = join(request.outDir, name);
    // Whole or not at all: somebody may be looking at it.
    writeFileSync(`${path}.part`, text);
    renameSync(`${path}.part`, path);
    return path;
  });
}
