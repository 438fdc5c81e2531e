/** `acclimate models`: base models are listed, downloaded from a server of the test's own, checked, and started from by name. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { saveBase } from '../../electron/nn/base-model.ts';
import { networkFor } from '../../electron/nn/registry.ts';
import { parseSafetensors, writeSafetensors } from '../../electron/nn/safetensors.ts';
import type { HostTensors } from '../../electron/tensor/program.ts';
import { naughtyServer, serve } from '../services/base-models/naughty-server.ts';
import { ownFolder, run, runJson, start, writeColours } from './cli.ts';

// The one row of the catalogue whose file is known by its network alone, so that a made-up one will do.
const name = 'resnetv2_50x1_bit.goog_distilled_in1k';

function madeUpBit(): Uint8Array {
  const network = networkFor('bit_r50x1');
  return saveBase(network, network.init(1));
}

function setup(): { cwd: string; folder: string } {
  const cwd = ownFolder();
  vi.stubEnv('ACCLIMATE_DATA', join(cwd, 'data'));
  return { cwd, folder: join(cwd, 'data', 'models') };
}

it('downloads, goes on after Ctrl+C, starts from it by its name, and notices a change', async () => {
  const { cwd, folder } = setup();
  const file = madeUpBit();
  let isSlow = true;
  const { origin, asked } = await naughtyServer((request, response) =>
    serve(file, request, response, isSlow ? { silentAfter: 20_000_000 } : {}),
  );
  vi.stubEnv('ACCLIMATE_MODEL_MIRROR', origin);
  expect((await run(cwd, 'models')).stdout).toContain('about 102 MB');

  const partial = join(folder, `${name}.safetensors.partial`);
  const first = start(cwd, ['models', 'get', name]);
  await first.until((stderr) => stderr.includes('Downloading') && statSync(partial, { throwIfNoEntry: false })?.size === 20_000_000);
  first.send('SIGINT');
  expect((await first.outcome).code).toBe(130);
  expect(readdirSync(folder).filter((each) => each.endsWith('.safetensors'))).toEqual([]);
  expect((await run(cwd, 'models')).stdout).toContain('20.0 MB so far');

  isSlow = false;
  const got = await run(cwd, 'models', 'get', name);
  expect(got).toMatchObject({ code: 0 });
  expect(asked.at(-1)?.range).toBe('bytes=20000000-');
  const sha256 = createHash('sha256').update(file).digest('hex');
  expect(got.stdout).toContain(sha256);
  expect(got.stdout).toContain('noted, and compared whenever the file is used');
  expect(await runJson(cwd, 'models')).toMatchObject({ files: [{ name, arch: 'bit_r50x1', license: 'Apache-2.0' }] });

  await writeColours(join(cwd, 'images'), 8);
  await run(cwd, 'import', 'images', '-p', 'p.acclimate');
  const embedded = await run(cwd, 'embed', '-p', 'p.acclimate', '--base', name, '--px', '32');
  expect(embedded).toMatchObject({ code: 0 });

  const path = join(folder, `${name}.safetensors`);
  const bytes = readFileSync(path);
  bytes[bytes.length - 3]! ^= 1;
  writeFileSync(path, bytes);
  const changed = await run(cwd, 'embed', '-p', 'p.acclimate', '--base', name, '--px', '48');
  expect(changed.code).toBe(1);
  expect(changed.stderr).toContain('has changed since it was downloaded');
});

it('says what to do without a network, and before a download', async () => {
  const { cwd, folder } = setup();
  vi.stubEnv('ACCLIMATE_MODEL_MIRROR', 'http://127.0.0.1:9');
  const offline = await run(cwd, 'models', 'get', name);
  expect(offline.code).toBe(1);
  expect(offline.stderr).toContain('cannot be reached');
  expect(offline.stderr).toContain(join(folder, `${name}.safetensors`));
  expect((await run(cwd, 'models', 'get', 'vit')).stderr).toContain('There is no base model vit');
  mkdirSync(join(cwd, 'images'));
  await writeColours(join(cwd, 'images'), 8);
  await run(cwd, 'import', 'images', '-p', 'p.acclimate');
  const early = await run(cwd, 'embed', '-p', 'p.acclimate', '--base', name);
  expect(early.stderr).toContain(`acclimate models get ${name}`);
});

it("checks a file of one's own, tensor by tensor", async () => {
  const { cwd } = setup();
  const network = networkFor('tiny');
  const { tensors } = parseSafetensors(saveBase(network, network.init(1)));
  const write = (file: string, held: HostTensors): void => writeFileSync(join(cwd, file), writeSafetensors(held));
  write('good.safetensors', Object.fromEntries(Object.entries(tensors).map(([key, tensor]) => [`module.${key}`, tensor])));
  const good = await run(cwd, 'models', 'check', 'good.safetensors');
  expect(good.stdout).toContain('tiny');
  expect(good.stdout).toContain('behind "module."');

  write('bad.safetensors', Object.fromEntries(Object.entries(tensors).filter(([key]) => key !== 'last.bn.bias')));
  const bad = await run(cwd, 'models', 'check', 'bad.safetensors');
  expect(bad.code).toBe(1);
  expect(bad.stderr).toContain('Missing (1):\n  last.bn.bias  expected [48]');

  writeFileSync(join(cwd, 'net.pth'), `PK\x03\x04${'\0'.repeat(26)}net/data.pkl`);
  expect((await run(cwd, 'models', 'check', 'net.pth')).stderr).toContain('torch.load');
});
