/** Files as other tools write them. */
import { describe, expect, it } from 'vitest';
import { detectFormat, readLabels } from '../../../electron/services/labelling/formats/read-labels.ts';
import { imagePathOf, pathOfAddress } from '../../../electron/services/labelling/formats/task-image.ts';

const pairs = (text: string): unknown => readLabels('f', text).entries.map(({ path, label }) => [path, label]);
const leftOut = (text: string): readonly string[] => readLabels('f', text).leftOut;
const failure = (text: string): string => {
  try {
    readLabels('f', text);
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
};

describe('COCO', () => {
  const file = (annotations: unknown, rest: object = {}): string =>
    JSON.stringify({
      info: {},
      images: [
        { id: 7, file_name: 'train\\a.jpg', width: 1, height: 1 },
        { id: 'b7', file_name: 'b.jpg' },
        { id: 9, file_name: 'c.jpg' },
      ],
      annotations,
      categories: [
        { id: 0, name: 'empty' },
        { id: 3, name: 'fox' },
      ],
      ...rest,
    });

  it('gives an image the category that all its boxes have, and names images of several', () => {
    const text = file([
      { id: 1, image_id: 7, category_id: 3, bbox: [1, 2, 3, 4], segmentation: [[1, 2, 3]], iscrowd: 0 },
      { id: 2, image_id: 7, category_id: 3, bbox: [5, 2, 3, 4] },
      { id: 3, image_id: 'b7', category_id: 0 },
      { id: 4, image_id: 9, category_id: 0 },
      { id: 5, image_id: 9, category_id: 3 },
    ]);
    expect(pairs(text)).toEqual([
      ['train\\a.jpg', 'fox'],
      ['b.jpg', 'empty'],
    ]);
    expect(leftOut(text)).toEqual(['images[2], c.jpg: it has several categories, empty, fox']);
  });

  it('says where a reference leads nowhere or an id is given twice', () => {
    expect(failure(file([{ image_id: 8, category_id: 3 }]))).toBe('f, at annotations[0].image_id: the file has no image 8.');
    expect(failure(file([{ image_id: 7, category_id: 1 }]))).toBe('f, at annotations[0].category_id: the file has no category 1.');
    expect(failure(file([{ image_id: 7 }]))).toMatch(/^f, at annotations\[0\]\.category_id: /);
    expect(failure(file([], { images: [{ id: 1 }] }))).toMatch(/^f, at images\[0\]\.file_name: /);
    expect(failure(file([], { annotations: undefined }))).toMatch(/^f, at annotations: /);
    // Numbers this large cannot be told apart.
    const twins =
      '{"images":[{"id":9007199254740992,"file_name":"a"},{"id":9007199254740993,"file_name":"b"}],"annotations":[],"categories":[]}';
    expect(failure(twins)).toContain('at images[1].id');
    expect(failure('[{"image_id":1,"category_id":2,"score":0.5}]')).toContain('does not say which files');
    expect(failure('{"info":{},"detection_categories":{},"images":[]}')).toContain('no labels that a person gave');
  });
});

describe('Label Studio', () => {
  const choice = (label: string | readonly string[], from = 'label'): object => ({
    id: 'x',
    from_name: from,
    to_name: 'image',
    type: 'choices',
    value: { choices: [label].flat() },
  });
  const task = (image: string, annotations: readonly object[], rest: object = {}): object => ({
    id: 1,
    data: { image },
    annotations,
    ...rest,
  });

  it('takes the answers of people, once, and names what is no single answer', () => {
    const box = { type: 'rectanglelabels', from_name: 'box', to_name: 'image', value: { x: 1, rectanglelabels: ['cat'] } };
    const text = JSON.stringify([
      task('/data/local-files/?d=set/a%20b.jpg', [{ result: [box, choice('cat')] }]),
      task('/data/upload/3/0a1b2c3d-c.jpg', [{ result: [choice('cat')] }, { result: [choice('cat')] }]),
      task('s3://bucket/set/d.jpg?x=1', [{ result: [choice('dog')], was_cancelled: true }, { result: [choice('cat')] }]),
      task('e.jpg', [{ result: [choice('dog')] }, { result: [choice('cat')], ground_truth: true }]),
      task('f.jpg', [{ result: [choice('dog')] }, { result: [choice('cat')] }]),
      task('g.jpg', [{ result: [choice(['dog', 'cat'])] }]),
      task('h.jpg', [{ result: [box] }]),
      task('i.jpg', [], { predictions: [{ result: [choice('cat')] }] }),
      task('j.jpg', []),
    ]);
    expect(pairs(text)).toEqual([
      ['set/a b.jpg', 'cat'],
      ['c.jpg', 'cat'],
      ['bucket/set/d.jpg', 'cat'],
      ['e.jpg', 'cat'],
    ]);
    expect(leftOut(text)).toEqual([
      '[4], f.jpg: its annotators disagree, dog, cat',
      '[5], g.jpg: it has several choices, dog, cat',
      '[6], h.jpg: it has marks in the image, but no choice for the whole image',
      '[7], i.jpg: it has a prediction, but nobody’s answer',
    ]);
  });

  it('does not guess which of several questions is the class', () => {
    expect(failure(JSON.stringify([task('a.jpg', [{ result: [choice('cat'), choice('night', 'time')] }])]))).toContain(
      'several questions: label, time',
    );
    expect(failure('[{"data":{"image":"a.jpg"},"annotations":[{"result":[{"type":"choices","value":{"choices":[3]}}]}]}]')).toMatch(
      /^f, at \[0\]\.annotations\[0\]\.result\[0\]\.value\.choices\[0\]: /,
    );
    expect(failure('[{"data":{"text":"a"},"annotations":[]}]')).toBe('f, at [0].data: there is no image.');
  });

  it('reads the short form under whatever name the question has', () => {
    const min = [
      { image: '/data/upload/a.jpg', id: 1, animal: 'cat', annotator: 1, created_at: '2026-01-01', lead_time: 2.5 },
      { image: 'b.jpg', id: 2, animal: { choices: ['cat', 'dog'] }, annotator: 1 },
      { image: 'c.jpg', id: 3, annotator: 1 },
    ];
    expect(readLabels('f', JSON.stringify(min))).toMatchObject({
      format: 'label-studio-min',
      entries: [{ where: '[0]', path: 'a.jpg', label: 'cat' }],
      leftOut: ['[1], b.jpg: it has several choices, cat, dog'],
    });
    expect(pairs(JSON.stringify([{ image: 'a.jpg', label: 'cat', comment: 'nice' }]))).toEqual([['a.jpg', 'cat']]);
    expect(failure(JSON.stringify([{ image: 'a.jpg', kind: 'cat', comment: 'nice' }]))).toContain('under kind, comment');
    expect(failure('[]')).toContain('has no choices');
  });

  it('knows a path from an address', () => {
    expect(pathOfAddress('https://example.com/set/a%20b.jpg#x')).toBe('example.com/set/a b.jpg');
    expect(pathOfAddress('C:\\set\\a.jpg')).toBe('C:\\set\\a.jpg');
    expect(pathOfAddress('/data/local-files/?d=100%')).toBe('100%');
    expect(imagePathOf({ image: '/data/upload/1/0a1b2c3d-x.jpg', path: 'set/x 1%20.jpg' })).toBe('set/x 1%20.jpg');
    expect(imagePathOf({ Image: 'a.jpg' })).toBe('a.jpg');
    expect(imagePathOf({ caption: 'a.jpg', image: 3 })).toBeNull();
  });
});

describe('CVAT', () => {
  const file = (images: string): string => `<?xml version="1.0" encoding="utf-8"?>\n<!-- kept -->\n<annotations>
  <version>1.1</version>
  <meta><task><labels><label><name>cat &amp; dog</name></label></labels></task><dumped>2026-01-01 &#43;03:00</dumped></meta>
${images}
</annotations>\n`;

  it('takes tags before shapes, shapes of one label, and names images of several', () => {
    const text = file(`  <image id="0" name="set/a &quot;1&quot;.jpg" width="4" height="3">
    <tag label="cat &amp; dog" source="manual"><attribute name="sex">f</attribute></tag>
    <box label="owl" xtl="1" ytl="1" xbr="2" ybr="2"/>
  </image>
  <image id="1" name='b.jpg' width="4" height="3">
    <box label="owl" xtl="1"></box><skeleton label="owl"><points label="nose"></points></skeleton>
  </image>
  <image id="2" name="c.jpg"><tag label="a"/><tag label="b"/></image>
  <image id="3" name="d.jpg"/>`);
    expect(pairs(text)).toEqual([
      ['set/a "1".jpg', 'cat & dog'],
      ['b.jpg', 'owl'],
    ]);
    expect(leftOut(text)).toEqual(['line 13, c.jpg: it has several labels, a, b']);
    expect(readLabels('f', text).entries.map(({ where }) => where)).toEqual(['line 6', 'line 10']);
  });

  it('says the line of what is missing, and refuses videos', () => {
    expect(failure(file('<image id="0"><tag label="a"/></image>'))).toBe('f, line 6: <image> has no name.');
    expect(failure(file('<image name="a">\n<tag/></image>'))).toBe('f, line 7: <tag> has no label.');
    expect(failure(file('<track id="0" label="a"></track>'))).toContain('line 6: this is a task of a video');
    expect(failure('<html></html>')).toContain('<annotations> is expected, not <html>');
  });
});

describe('JSON lines and CSV', () => {
  it('take the names of columns that others use, and pass over what has no label', () => {
    expect(
      pairs('{"file_name":"a.jpg","label":"cat","x":{"y":[1]}}\r\n\r\n{"image":"b.jpg","class":3}\n{"path":"c.jpg","label":null}\n'),
    ).toEqual([
      ['a.jpg', 'cat'],
      ['b.jpg', '3'],
    ]);
    expect(pairs('\ufeffname;category\na.jpg;cat\nb.jpg;\n')).toEqual([['a.jpg', 'cat']]);
    expect(pairs('a.jpg\tcat\n')).toEqual([['a.jpg', 'cat']]);
  });

  it('say the line of what is wrong', () => {
    expect(failure('{"path":"a","label":"b"}\n{"path":"a",\n')).toBe('f, line 2: this is not valid JSON, it ends too early.');
    expect(failure('{"path":"a","label":"b"}\n[1]\n')).toContain('f, line 2: an object with a path and a label');
    expect(failure('{"path":"a","label":"b"}\n{"label":"b"}\n')).toContain('f, line 2: a path is needed');
    expect(failure('{"path":"a","label":"b"}\n{"path":"c","label":["b"]}\n')).toContain('f, line 2: the label of c');
  });

  it('are told apart by what they hold', () => {
    expect(detectFormat('f', '{"path":"a","label":"b"}')).toBe('jsonl');
    expect(detectFormat('f', '  {"path":"a"}\n{"path":"b"}')).toBe('jsonl');
    expect(detectFormat('f', '{\n"data":{}}')).toBe('label-studio');
    expect(detectFormat('f', 'a.jpg,cat')).toBe('csv');
    expect(detectFormat('f', '')).toBe('csv');
  });
});
