/** What importing a folder costs, the first time and again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importFolders } from '../../electron/services/intake/import-folder.ts';
import { openWorkspace } from '../../electron/services/workspace.ts';
import { rounded } from './figures.ts';
import type { BenchContext } from './progress.ts';

export interface ImportBenchReport {
  readonly bench: 'import';
  readonly images: number;
  readonly problems: number;
  /** Into a new project with an empty cache: every file read, hashed and decoded, its square kept. */
  readonly seconds: number;
  readonly images_per_s: number;
  readonly again: {
    readonly seconds: number;
    readonly images_per_s: number;
    /** Files that were not opened, being as they were. */
    readonly unchanged: number;
  };
}

/** Imports `folder` twice into a project of its own, which is deleted afterwards. */
export async function benchImport(folder: string, ctx: BenchContext): Promise<ImportBenchReport> {
  const place = mkdtempSync(join(tmpdir(), 'acclimate-bench-'));
  const workspace = openWorkspace({
    projectPath: join(place, 'bench.acclimate'),
    create: true,
    cacheDir: join(place, 'cache'),
    signal: ctx.signal,
    onWarning: (message) => ctx.say(`Note: ${message}`),
    onJob: ({ state }) => {
      if (state.status === 'running') ctx.onProgress(state);
    },
  });
  try {
    const startMs = performance.now();
    const first = await importFolders(workspace, [folder]);
    const againMs = performance.now();
    const again = await importFolders(workspace, [folder]);
    const seconds = (againMs - startMs) / 1e3;
    const secondsAgain = (performance.now() - againMs) / 1e3;
    return {
      bench: 'import',
      images: first.numImages,
      problems: first.problems.length,
      seconds: rounded(seconds, 2),
      images_per_s: rounded(first.numImages / seconds, 1),
      again: { seconds: rounded(secondsAgain, 2), images_per_s: rounded(again.numImages / secondsAgain, 1), unchanged: again.numUnchanged },
    };
  } finally {
    workspace.close();
    rmSync(place, { recursive: true, force: true });
  }
}
