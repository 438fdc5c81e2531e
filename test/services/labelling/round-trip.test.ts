/** Whatever images and classes are called, what is exported comes back as it was, in every format. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelFormats } from '../../../electron/contract/label-formats.ts';
import type { LabelFormat } from '../../../electron/contract/label-formats.ts';
import { readLabels } from '../../../electron/services/labelling/formats/read-labels.ts';
import { writeCoco } from '../../../electron/services/labelling/formats/coco.ts';
import { writeCsv } from '../../../electron/services/labelling/formats/csv.ts';
import { writeCvat } from '../../../electron/services/labelling/formats/cvat.ts';
import { writeJsonl } from '../../../electron/services/labelling/formats/jsonl.ts';
import { writeLabelStudioMin } from '../../../electron/services/labelling/formats/label-studio-min.ts';
import { writeLabelStudio } from '../../../electron/services/labelling/formats/label-studio.ts';
import { writeLabels } from '../../../electron/services/labelling/formats/write-labels.ts';
import type { LabelledImage } from '../../../electron/services/labelling/formats/label-entry.ts';
import { answersFromText, assignAnswers } from '../../../electron/services/labelling/label-images.ts';
import { importFolders } from '../../../electron/services/intake/import-folder.ts';
import { openWorkspace } from '../../../electron/services/workspace.ts';
import { onTestFinished } from 'vitest';
import { picture } from '../../images/odd-files.ts';
import { temporaryFolder } from '../../project/temporary-project.ts';

const writers: Readonly<Record<LabelFormat, (images: readonly LabelledImage[], names: readonly string[]) => string>> = {
  csv: writeCsv,
  jsonl: writeJsonl,
  coco: writeCoco,
  'label-studio': writeLabelStudio,
  'label-studio-min': writeLabelStudioMin,
  cvat: writeCvat,
};

/** Names that break careless readers and writers. */
const trouble = [
  '__proto__',
  'constructor',
  'a b',
  ' padded ',
  '.hidden',
  '...',
  'we\\ird',
  'caf\u00e9',
  'cafe\u0301',
  '猫',
  '🐈',
  'a,b;c\td',
  'say "hi"',
  "it's",
  '<tag>&amp;',
  ']]>',
  'new\nline',
  'car\rriage',
  '%20',
  '100%',
  '?d=x&y#z',
  'C:',
  '=1+1',
  'path',
  'label',
  '1e400',
];
const character = fc.oneof(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), fc.constantFrom(...trouble));
// What no file can be called, and what XML has no way to write.
const fileName = character
  .map((text) => text.replaceAll(/[/\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/g, '_'))
  .filter((text) => !['.', '..'].includes(text));
const className = fileName.map((text) => text.normalize('NFC').trim()).filter((text) => text !== '');
const path = fc.array(fileName, { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
const rows = fc.uniqueArray(fc.record({ path, label: className }), { minLength: 1, maxLength: 8, selector: (row) => row.path });

describe.each(labelFormats)('%s', (format) => {
  it('reads what was written, told by its content alone', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const images = given.map((row, i) => ({ id: i + 1, width: 4, height: 3, ...row }));
        const names = [...new Set(given.map(({ label }) => label))];
        const read = readLabels('file', writers[format](images, names));
        expect(read.format).toBe(format);
        expect(read.leftOut).toEqual([]);
        expect(read.entries.map(({ path: each, label }) => ({ path: each, label }))).toEqual(given);
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it('brings the labels of odd files back to them, and of several folders too', async () => {
    const folder = temporaryFolder();
    const files = [
      'plain.png',
      'dir one/dots..png',
      'dir one/we\\ird.png',
      'caf\u00e9/1.png',
      'cafe\u0301/2.png',
      'é/x.png',
      'e\u0301/x.png',
      '%20/a&b.png',
      'q"uote/<x>.png',
      'one/dir one/dots..png',
    ];
    const classes = ['__proto__', 'a "b", c', '<&>', 'constructor', 'naïve 猫'];
    const roots = [join(folder, 'one'), join(folder, 'two')];
    let seed = 1;
    for (const root of roots) {
      for (const file of files) {
        mkdirSync(dirname(join(root, file)), { recursive: true });
        writeFileSync(join(root, file), await picture(seed++, 8, 8).png().toBuffer());
      }
    }
    const workspace = openWorkspace({ projectPath: join(folder, 'p.acclimate'), create: true, cacheDir: join(folder, 'cache') });
    onTestFinished(() => workspace.close());
    const { project } = workspace;
    for (const sources of [roots.slice(0, 1), roots]) {
      await importFolders(workspace, sources);
      const ids = project.images.usable();
      expect(ids).toHaveLength(files.length * sources.length);
      assignAnswers(workspace, new Map(Array.from(ids, (id, i) => [id, classes[i % classes.length]!])));
      const before = project.labels.all();
      const text = writeLabels(workspace, format);
      project.labels.clear(ids);
      const parsed = answersFromText(workspace, 'file', text);
      expect(parsed).toMatchObject({ unmatched: [], leftOut: [], format });
      assignAnswers(workspace, parsed.answers);
      expect(project.labels.all()).toEqual(before);
      expect(project.classes.list().map(({ name }) => name)).toEqual([...classes].sort());
    }
  });
});
