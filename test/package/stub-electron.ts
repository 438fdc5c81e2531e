/** A folder that electron-builder takes for Electron's, for packing where the real one cannot be fetched: it starts nothing. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What stands before the fuses in Electron's program, so that they are found. */
export const fuseSentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
/** Version 1, nine fuses; as Electron ships them. */
const fuses = '101100011';

export function makeStubElectron(dir: string, version: string): void {
  for (const folder of ['locales', 'resources']) mkdirSync(join(dir, folder), { recursive: true });
  const wire = Buffer.concat([Buffer.from(fuseSentinel), Buffer.of(1, fuses.length), Buffer.from(fuses)]);
  writeFileSync(join(dir, 'electron'), Buffer.concat([Buffer.from('#!/bin/sh\nexit 0\n'), wire, Buffer.from('\n')]), { mode: 0o755 });
  writeFileSync(join(dir, 'version'), version);
  writeFileSync(join(dir, 'LICENSE'), 'stub');
  writeFileSync(join(dir, 'LICENSES.chromium.html'), 'stub');
  writeFileSync(join(dir, 'locales', 'en-US.pak'), 'stub');
}
