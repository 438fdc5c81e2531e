import { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { addSuggest } from '../../electron/cli/suggest-command.ts';
import { projectOption, jsonOption } from '../../electron/cli/options.ts';
import type { SuggestReport } from '../../electron/services/labelling/suggest-labels.ts';
import { gaussianMixture } from '../explore/mixtures.ts';
import { addNamed, fakeHost } from '../services/fake-host.ts';

const px = 128;
const mixture = gaussianMixture({ sizes: [40, 40], numDims: 8, spread: 0.4, seed: 3 });

/** A closed project with features of an adapted model and some labels; returns its path. */
function project(perClass: number): string {
  const host = fakeHost();
  const ids = addNamed(
    host,
    Array.from({ length: mixture.numImages }, (_, i) => `${i % 2 === 0 ? 'even' : 'odd'}/${i}.png`),
  );
  const { project: file } = host.workspace();
  const rest = { arch: 'tiny', method: 'byol', px, settings: {}, metrics: {}, outputs: null, weights: new Uint8Array(1) };
  const modelId = file.models.add({ name: 'adapted', kind: 'adapted', parentId: null, ...rest }).id;
  file.embeddings.write({ modelId, px }, ids, mixture.features);
  for (const component of [0, 1]) {
    const classId = file.classes.add({ name: `class ${component}`, colour: '#000000' }).id;
    const members = ids.filter((_, i) => mixture.components[i] === component).slice(0, perClass);
    file.labels.assign(members, classId);
  }
  const { path } = file;
  host.workspace().close();
  return path;
}

async function suggest(path: string, ...args: string[]): Promise<SuggestReport> {
  const program = new Command('acclimate').exitOverride();
  const command = program.command('suggest').exitOverride().addOption(projectOption()).addOption(jsonOption());
  addSuggest(command, new AbortController());
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await program.parseAsync(['node', 'acclimate', 'suggest', '-p', path, '--json', ...args]);
  const text = written.mock.calls.map(([chunk]) => String(chunk)).join('');
  written.mockRestore();
  return JSON.parse(text) as SuggestReport;
}

afterEach(() => vi.restoreAllMocks());

describe('suggest', () => {
  it('chooses automatically unless told', async () => {
    expect((await suggest(project(0), '-n', '4')).reasons).toEqual(Array.from({ length: 4 }, () => 'typical of a cluster without labels'));
    const { strategy, reasons } = await suggest(project(8), '-n', '6');
    expect(strategy).toBe('auto');
    expect(reasons).toContain('the classifier is undecided');
  });

  it('takes every strategy by name, and a folder', async () => {
    const path = project(6);
    for (const strategy of ['typical', 'central', 'probcover', 'margin', 'badge', 'dropquery', 'random', 'auto']) {
      const { paths } = await suggest(path, '--strategy', strategy, '-n', '5', '--folder', 'odd');
      expect(paths).toHaveLength(5);
      expect(paths.every((each) => each.startsWith('odd/'))).toBe(true);
    }
    await expect(suggest(path, '--strategy', 'best')).rejects.toThrow(/Allowed choices/);
  });

  it('refuses a cluster where there is no map', async () => {
    await expect(suggest(project(6), '--cluster', '0')).rejects.toThrow('no map');
  });
});
