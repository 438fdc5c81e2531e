/** Files that were made to do harm, or are merely broken: each is refused with a line or a path, and nothing of it is taken. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelFormats } from '../../../electron/contract/label-formats.ts';
import { AppError } from '../../../electron/contract/errors.ts';
import { parseJson } from '../../../electron/services/labelling/formats/json-text.ts';
import { readLabels } from '../../../electron/services/labelling/formats/read-labels.ts';
import { fitsXml, readXml, xmlText } from '../../../electron/services/labelling/formats/xml-reader.ts';
import { writeCvat } from '../../../electron/services/labelling/formats/cvat.ts';
import { answersFromText, applyLabels } from '../../../electron/services/labelling/label-images.ts';
import { pictureProject } from '../labelled-project.ts';

const ignored = { onOpen: (): void => undefined, onClose: (): void => undefined };
const read = (text: string): void => readXml('f', text, ignored);

describe('XML', () => {
  it('has no document type, so no entity grows and none is fetched', () => {
    const laughs = `<?xml version="1.0"?>
<!DOCTYPE lolz [ <!ENTITY a "ha"> <!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"> ]>
<annotations><image name="&b;"><tag label="x"/></image></annotations>`;
    expect(() => read(laughs)).toThrow('f, line 2: a document type or entity is declared, which is refused');
    expect(() => read('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>')).toThrow('refused');
    expect(() => read('<a>\n<!ENTITY x SYSTEM "http://127.0.0.1/"></a>')).toThrow('f, line 2: a document type or entity');
    expect(() => read('<a x="&b;"/>')).toThrow('unknown entity');
    expect(() => read('<a>&b;</a>')).toThrow('unknown entity');
    expect(() => read('<a>&#0;</a>')).toThrow('unknown entity');
    expect(() => read('<a>&#x110000;</a>')).toThrow('unknown entity');
    expect(() => read('<a>&#xD800;</a>')).toThrow('unknown entity');
    expect(() => read('<a>& b</a>')).toThrow('unknown entity');
    expect(() => read('<a>&constructor;</a>')).toThrow('unknown entity');
    expect(() => read('<?php system("x") ?><a/>')).toThrow('processing instruction');
  });

  it('is refused where it is not well-formed, with the line', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['<a>\n<b></a>', 'f, line 2: </a> closes <b>'],
      ['<a/>\n<b/>', 'f, line 2: something follows the end'],
      ['<a/></a>', '</a> closes nothing'],
      ['<a', '<a> never ends'],
      ['<a x=1/>', 'needs quotes'],
      ['<a x="1/>', 'never ends'],
      ['<a x="1" x="2"/>', '<a> has x twice'],
      ['<a x="1"y="2"/>', 'a space is missing'],
      ['<a x/>', 'has no value'],
      ['<a "x"/>', 'no attribute'],
      ['<a x="<"/>', 'holds a “<”'],
      ['<a>', '<a> is never closed'],
      ['<a><!-- ', 'a comment never ends'],
      ['<a><![CDATA[ ', 'CDATA section never ends'],
      ['<a/>text', 'text outside'],
      ['', 'no element'],
      ['< a/>', 'stands alone'],
    ];
    for (const [text, message] of cases) expect(() => read(text), text).toThrow(message);
    expect(() => read('<a>'.repeat(1e6))).toThrow('nested more than 64 deep');
    expect(() => read(`${'<!---->'.repeat(1000)}<a><![CDATA[<x>&]]></a>`)).not.toThrow();
  });

  it('keeps every text that it can hold, and says which it cannot', () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    fc.assert(
      fc.property(text, text, (name, content) => {
        if (!fitsXml(name + content)) {
          expect(() => writeCvat([{ id: 1, path: name + content, label: 'x', width: 1, height: 1 }], ['x'])).toThrow('XML cannot hold');
          return;
        }
        let seen: string | undefined;
        readXml('f', `<a n="${xmlText(name)}">${xmlText(content)}</a>`, {
          ...ignored,
          onOpen: ({ attributes }) => (seen = attributes.get('n')),
        });
        expect(seen).toBe(name);
      }),
      { seed: 3, numRuns: 500 },
    );
  });
});

describe('JSON', () => {
  it('is told by the line where the engine itself finds the fault', () => {
    const broken = fc
      .tuple(
        fc.json({ maxDepth: 3 }),
        fc.nat(),
        fc.constantFrom('', '\n', '}', ']', ',', ':', '"', '\\', 'x', '-', '0', '\u0001', '{', '['),
      )
      .map(([text, at, put]) => {
        const lines = text.replaceAll(/([[{,:])/g, '$1\n');
        const cut = at % (lines.length + 1);
        return lines.slice(0, cut) + put + lines.slice(put === '' ? cut + 1 : cut);
      });
    let numPlaced = 0;
    fc.assert(
      fc.property(broken, (text) => {
        let message: string;
        try {
          JSON.parse(text);
          return;
        } catch (error) {
          message = (error as Error).message;
        }
        const place = /\(line (\d+) column/.exec(message)?.[1];
        const fault = (() => {
          try {
            parseJson('f', text);
          } catch (error) {
            return (error as Error).message;
          }
          return 'none';
        })();
        expect(fault).toMatch(/^f, line \d+: this is not valid JSON/);
        // The engine counts a text's end as after its last line break.
        if (place !== undefined && !fault.includes('too early')) {
          numPlaced++;
          expect(fault.split(':')[0]).toBe(`f, line ${place}`);
        }
      }),
      { seed: 9, numRuns: 2000 },
    );
    expect(numPlaced).toBeGreaterThan(200);
  });

  it('may nest as deep as it likes, and numbers may be beyond all measure', () => {
    const deep = (inner: string): string => `${'['.repeat(1e6)}${inner}${']'.repeat(1e6)}`;
    expect(() => parseJson('f', deep('x'))).toThrow('f, line 1: this is not valid JSON, "x]]');
    expect(readLabels('f', `{"path":"a","label":"b","x":${deep('1')}}`).entries).toHaveLength(1);
    expect(() => readLabels('f', deep('1'))).toThrow(AppError);
    expect(() => readLabels('f', '{"images":[{"id":1e999,"file_name":"a"}],"annotations":[],"categories":[]}')).toThrow('at images[0].id');
    for (const label of ['{}', '1e400', '12345678901234567890', 'true']) {
      expect(() => readLabels('f', `{"path":"a","label":${label}}`)).toThrow('has to be one text');
    }
  });

  it('cannot reach what all objects have', () => {
    const before = Object.keys(Object.prototype);
    const files = [
      '{"__proto__":{"path":"a","label":"b"}}',
      '{"path":"a","__proto__":{"label":"b"}}',
      '[{"__proto__":{"data":{"image":"x"}},"constructor":{"prototype":{"x":1}}}]',
      '[{"data":{"__proto__":{"image":"x"}},"annotations":[]}]',
      '{"images":[{"id":"__proto__","file_name":"a"}],"categories":[{"id":"constructor","name":"x"}],"annotations":[{"image_id":"toString","category_id":"constructor"}]}',
    ];
    for (const text of files) {
      try {
        expect(readLabels('f', text).entries).toEqual([]);
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
      }
    }
    expect(Object.keys(Object.prototype)).toEqual(before);
    expect(({} as { label?: string }).label).toBeUndefined();
    const own =
      '{"images":[{"id":"__proto__","file_name":"a"}],"categories":[{"id":"constructor","name":"toString"}],"annotations":[{"image_id":"__proto__","category_id":"constructor"}]}';
    expect(readLabels('f', own).entries).toEqual([{ where: 'images[0]', path: 'a', label: 'toString' }]);
  });
});

describe.each(labelFormats)('any text as %s', (format) => {
  it('is read or refused with a reason, never anything else', () => {
    const pieces = fc.constantFrom(
      '<annotations>',
      '<image name="a">',
      '<tag label="x"/>',
      '</image>',
      '{"images":[',
      '{"data":{"image":"a"}',
      ',"annotations":[',
      ']',
      '}',
      '[',
      '{',
      'null',
      '1e400',
      '"path":"a"',
      '"label":',
      ',',
      ':',
      '\n',
      '"',
      '&lol;',
      '\\u0000',
      '<!DOCTYPE x>',
      '__proto__',
    );
    const text = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.array(pieces, { maxLength: 15 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (given) => {
        for (const forced of [format, undefined]) {
          try {
            readLabels('f', given, forced);
          } catch (error) {
            expect(error).toBeInstanceOf(AppError);
            expect((error as AppError).code).toBe('invalid-input');
          }
        }
      }),
      { seed: 4, numRuns: 300 },
    );
  });
});

describe('a file that is wrong in one place', () => {
  it('leaves labels, classes and the history as they were', async () => {
    const { workspace, ids } = await pictureProject({ red: 2, blue: 1 });
    const { project } = workspace;
    project.labels.assign(ids('blue'), project.classes.list()[1]!.id);
    const state = (): unknown => [project.labels.all(), project.classes.list(), project.labels.history()];
    const before = state();
    const path = (i: number): string => `red/red-0${i}.png`;
    const refused: readonly (readonly [string, RegExp])[] = [
      [`{"path":"${path(0)}","label":"a"}\n{"path":"${path(1)}","label":`, /line 2/],
      [`{"path":"${path(0)}","label":"a"}\n{"path":"${path(0)}","label":"b"}`, /line 2: red\/red-00.png is labelled b, but line 1 says a/],
      [`{"path":"${path(0)}","label":"a"}\n{"path":"${path(1)}","label":"  "}`, /line 2: the name of the class is empty/],
      [`{"path":"${path(0)}","label":"a"}\n{"path":"${path(1)}","label":"${'x'.repeat(201)}"}`, /line 2: .*200 characters/],
      [`<annotations><image name="${path(0)}"><tag label="a"/></image>\n<image name="${path(1)}"></annotations>`, /line 2/],
      [JSON.stringify([{ data: { image: 'x' }, predictions: [{}] }]), /has no row.*left out: \[0\], x: it has a prediction/],
    ];
    for (const [text, message] of refused) {
      expect(() => applyLabels(workspace, answersFromText(workspace, 'labels', text))).toThrow(message);
      expect(state()).toEqual(before);
    }
    // All in one step, which undo takes back whole.
    applyLabels(workspace, answersFromText(workspace, 'labels', `{"path":"${path(0)}","label":"a"}\n{"path":"${path(1)}","label":"b"}`));
    expect(project.labels.count()).toBe(3);
    project.labels.undo();
    expect(project.labels.all()).toEqual((before as unknown[])[0]);
  });
});
