/** The catalogue as a person sees it: what there is, and what of it is here. */
import { existsSync } from 'node:fs';
import type { CatalogueBaseView } from '../../contract/domain.ts';
import { addressOf, catalogue } from './catalogue.ts';
import type { CatalogueRow } from './catalogue.ts';
import { partialOf, pathOf } from './get-base.ts';
import { provenanceOf } from './provenance.ts';

function viewOf(row: CatalogueRow, folder: string, jobId: number | null): CatalogueBaseView {
  const path = pathOf(row, folder);
  const isPresent = existsSync(path);
  const numBytesThere = isPresent ? 0 : partialOf(row, folder).numBytes;
  const known = isPresent ? provenanceOf(path) : null;
  const { name, title, arch, description, license, source, isExactSize, sha256 } = row;
  return {
    ...{ name, title, arch, description, license, source, path, numBytesThere, jobId },
    address: addressOf(row),
    sizeBytes: known?.sizeBytes ?? row.sizeBytes,
    isExactSize: isExactSize || known !== null,
    sha256: sha256 ?? known?.sha256 ?? null,
    isExpected: sha256 !== null,
    state: isPresent ? 'present' : numBytesThere > 0 ? 'partial' : 'absent',
  };
}

/** Every base model that can be downloaded, in the catalogue's order. `jobOf` finds the newest download of a name, where jobs are kept. */
export function catalogueViews(folder: string, jobOf: (name: string) => number | null = () => null): CatalogueBaseView[] {
  return catalogue.map((row) => viewOf(row, folder, jobOf(row.name)));
}
