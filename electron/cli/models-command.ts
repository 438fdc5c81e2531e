/** `models`: base models on this machine and those that can be downloaded. The only command that reaches for the network, when asked to. */
import { stdout } from 'node:process';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { BaseView, CatalogueBaseView } from '../contract/domain.ts';
import type { Progress } from '../contract/progress.ts';
import { BaseFiles, describeBase } from '../services/adaptation/base-files.ts';
import { catalogueRow } from '../services/base-models/catalogue.ts';
import { catalogueViews } from '../services/base-models/catalogue-views.ts';
import { getBase, modelsFolder } from '../services/base-models/get-base.ts';
import type { GotBase } from '../services/base-models/get-base.ts';
import { shownProgress } from '../services/base-models/shown-progress.ts';
import { defaultDataDir } from '../services/projects/data-dir.ts';
import { jsonOption } from './options.ts';
import { lines } from './print.ts';
import { stopOnSignals } from './session.ts';
import { createTerminal, formatTable } from './terminal.ts';

interface Listing {
  /** Weights files that can be started from. */
  readonly files: readonly BaseView[];
  readonly catalogue: readonly CatalogueBaseView[];
  /** Where downloads go. */
  readonly folder: string;
}

const megabytes = (numBytes: number): string => `${(numBytes / 1e6).toFixed(1)} MB`;

function sizeOf({ sizeBytes, isExactSize }: CatalogueBaseView): string {
  return isExactSize ? megabytes(sizeBytes) : `about ${Math.round(sizeBytes / 1e6)} MB`;
}

function stateOf({ state, numBytesThere }: CatalogueBaseView): string {
  const words = { absent: '', partial: `${megabytes(numBytesThere)} so far`, present: 'here' };
  return words[state];
}

function listed({ files, catalogue, folder }: Listing): string {
  return lines(
    files.length === 0
      ? 'Here      no weights files yet; networks can also start from nothing (--base scratch)'
      : 'Here      give one to --base',
    formatTable(files.map(({ arch, license, ref }) => [arch, license ?? 'licence not stated', ref])),
    'Offered   acclimate models get NAME downloads one; then --base NAME starts from it',
    formatTable(catalogue.map((row) => [row.name, sizeOf(row), row.license, stateOf(row), row.source])),
    `Folder    ${folder}`,
  );
}

function got({ name, path, arch, license, sizeBytes, sha256, wasExpected, wasThere }: GotBase): string {
  return lines(
    `${wasThere ? 'Was here' : 'Here now'}  ${path}`,
    formatTable([
      ['network', arch],
      ['size', megabytes(sizeBytes)],
      ['licence', license],
      ['SHA-256', sha256],
      ['', wasExpected ? 'as published' : 'not known before; noted, and compared whenever the file is used'],
    ]),
    `Start from it with --base ${name}`,
  );
}

function described({ ref, arch, sizeBytes, license, source, note }: BaseView): string {
  return lines(
    `Usable    ${ref}`,
    formatTable([
      ['network', arch],
      ['size', sizeBytes === null ? '' : megabytes(sizeBytes)],
      ['licence', license ?? 'not stated'],
      ['source', source ?? 'not stated'],
      ...(note === null ? [] : [['tensors', note]]),
    ]),
  );
}

async function download(names: readonly string[], isJson: boolean, signal: AbortSignal): Promise<GotBase[]> {
  const terminal = createTerminal({ quiet: isJson && !process.stderr.isTTY });
  // A name that is wrong should not be noticed after an hour.
  names.forEach(catalogueRow);
  const all: GotBase[] = [];
  for (const name of names) {
    const show = (progress: Progress, remainingMs: number | null): void =>
      terminal.onJob({ kind: 'download', params: { name }, state: { status: 'running', ...progress }, remainingMs });
    const { onProgress, stop } = shownProgress(show);
    try {
      all.push(await getBase(name, modelsFolder(defaultDataDir()), { signal, onProgress }));
    } finally {
      stop();
      show({ phase: '', done: 0, total: null }, null);
    }
  }
  return all;
}

/** Gives the command `models` its own commands. */
export function addModels(models: Command, controller: AbortController): void {
  const print = <Report>(report: Report, isJson: boolean | undefined, show: (report: Report) => string): void => {
    stdout.write(`${isJson === true ? JSON.stringify(report) : show(report)}\n`);
  };
  models
    .command('list', { isDefault: true })
    .description('weights files on this machine, and base models that can be downloaded')
    .exitOverride()
    .addOption(jsonOption())
    .action(({ json }: { json?: boolean }) => {
      const dataDir = defaultDataDir();
      const folder = modelsFolder(dataDir);
      print({ files: new BaseFiles(dataDir).list(), catalogue: catalogueViews(folder), folder }, json, listed);
    });
  models
    .command('get')
    .description('download base models; goes on where an earlier download stopped')
    .exitOverride()
    .argument('<names...>', 'names that "acclimate models" lists')
    .addOption(jsonOption())
    .action(async (names: string[], { json }: { json?: boolean }) => {
      stopOnSignals(controller);
      print(await download(names, json === true, controller.signal), json, (all) => lines(...all.map(got)));
    });
  models
    .command('check')
    .description('what a weights file is, or tensor by tensor why it cannot be used')
    .exitOverride()
    .argument('<file>', 'safetensors file')
    .addOption(jsonOption())
    .action((file: string, { json }: { json?: boolean }) => print(describeBase(resolve(file)), json, described));
}
