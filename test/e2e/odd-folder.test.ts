import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ImportReport } from '../../electron/services/intake/import-folder.ts';
import type { StatusReport } from '../../electron/services/status.ts';
import { writeOddFiles } from '../images/odd-files.ts';
import { ownFolder, run, runJson } from './cli.ts';

it('imports a folder of odd and broken files, naming and explaining each that is left out', async () => {
  const cwd = ownFolder();
  mkdirSync(join(cwd, 'odd'));
  const files = await writeOddFiles(join(cwd, 'odd'));
  const good = files.filter(({ expected }) => expected === 'ok');
  const bad = files.filter(({ expected }) => expected !== 'ok');
  expect(bad.length).toBeGreaterThanOrEqual(30);

  const first = await runJson<ImportReport>(cwd, 'import', 'odd', '-p', 'odd.acclimate');
  const codes = Object.fromEntries(first.problems.map(({ path, code }) => [path, code]));
  expect(codes).toEqual(Object.fromEntries(bad.map(({ name, expected }) => [name, expected])));
  for (const { message } of first.problems) expect(message.length).toBeGreaterThan(20);
  expect(first).toMatchObject({ numImages: good.length, numAdded: files.length, numUnchanged: 0, numMissing: 0 });

  const second = await runJson<ImportReport>(cwd, 'import', 'odd', '-p', 'odd.acclimate');
  expect(second).toMatchObject({ numImages: good.length, numAdded: 0, numUnchanged: good.length, numChanged: 0 });
  expect(second.problems).toEqual(first.problems);

  const [status, forPeople] = await Promise.all([
    runJson<StatusReport>(cwd, 'status', '-p', 'odd.acclimate'),
    run(cwd, 'import', 'odd', '-p', 'other.acclimate'),
  ]);
  expect(status.images).toEqual({ ok: good.length, unreadable: bad.length, missing: 0, excluded: 0 });
  expect(status.integrity).toEqual([]);
  expect(forPeople.code).toBe(0);
  expect(forPeople.stdout).toContain(`${good.length} readable of ${files.length} files`);
  for (const { name } of bad) expect(forPeople.stdout).toContain(name);
});
