/** Labels as the XML of CVAT, "CVAT for images 1.1": a `<tag>` of an `<image>` holds for the whole image (docs.cvat.ai, "XML annotation format"). */
import { AppError } from '../../../contract/errors.ts';
import { lineAt } from './json-text.ts';
import type { LabelEntry, LabelFile, LabelledImage } from './label-entry.ts';
import { fitsXml, readXml, xmlText } from './xml-reader.ts';
import type { XmlElement } from './xml-reader.ts';

interface OpenImage {
  readonly where: string;
  readonly path: string;
  readonly tags: Set<string>;
  readonly shapes: Set<string>;
}

/**
 * The tag of each image; where an image has shapes only, the label that all of them have. Images of several labels are left out and named. Throws
 * `invalid-input` with the line of what does not fit, and for tasks of videos, whose labels hold for shapes and not for images.
 */
export function readCvat(name: string, text: string): LabelFile {
  const entries: LabelEntry[] = [];
  const leftOut: string[] = [];
  let image: OpenImage | null = null;
  const fail = (element: XmlElement, why: string): never => {
    throw new AppError('invalid-input', `${name}, line ${lineAt(text, element.at)}: ${why}.`);
  };
  const needed = (element: XmlElement, attribute: string): string => {
    const value = element.attributes.get(attribute);
    return value === undefined || value === '' ? fail(element, `<${element.name}> has no ${attribute}`) : value;
  };
  let lastAt = 0;
  let line = 1;
  // Lines are counted on from the last image, since counting from the start for each would take the square of the file's length.
  const lineOf = (at: number): number => {
    line += lineAt(text.slice(lastAt, at), at - lastAt) - 1;
    lastAt = at;
    return line;
  };
  readXml(name, text, {
    onOpen: (element, parents) => {
      if (parents.length === 0 && element.name !== 'annotations') fail(element, `CVAT's <annotations> is expected, not <${element.name}>`);
      if (parents.length === 1 && element.name === 'track') {
        fail(element, 'this is a task of a video. Export it as “CVAT for images 1.1”, which has one label an image');
      }
      if (parents.length === 1 && element.name === 'image') {
        image = { where: `line ${lineOf(element.at)}`, path: needed(element, 'name'), tags: new Set(), shapes: new Set() };
      } else if (parents.length === 2 && image !== null) {
        (element.name === 'tag' ? image.tags : image.shapes).add(needed(element, 'label'));
      }
    },
    onClose: (element, parents) => {
      if (parents.length !== 1 || element !== 'image' || image === null) return;
      const { where, path, tags, shapes } = image;
      image = null;
      const [label, ...others] = tags.size > 0 ? tags : shapes;
      if (label === undefined) return;
      if (others.length === 0) entries.push({ where, path, label });
      else leftOut.push(`${where}, ${path}: it has several labels, ${[label, ...others].slice(0, 5).join(', ')}`);
    },
  });
  return { entries, leftOut };
}

/** One `<tag>` for every image; `classNames` are all labels of the task. Throws `invalid-input` for a name that XML has no way to write. */
export function writeCvat(images: readonly LabelledImage[], classNames: readonly string[]): string {
  const odd = [...classNames, ...images.map(({ path }) => path)].find((text) => !fitsXml(text));
  if (odd !== undefined) {
    throw new AppError(
      'invalid-input',
      `${JSON.stringify(odd)} has a character that XML cannot hold. Rename it, or export as CSV or JSON lines.`,
    );
  }
  const labels = classNames.map((each) => `    <label><name>${xmlText(each)}</name><type>tag</type><attributes></attributes></label>`);
  const rows = images.map(
    ({ path, label, width, height }, i) =>
      `  <image id="${i}" name="${xmlText(path)}" width="${width}" height="${height}">\n    <tag label="${xmlText(label)}" source="manual"></tag>\n  </image>`,
  );
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<annotations>',
    '  <version>1.1</version>',
    `  <meta><task><name>labels</name><size>${images.length}</size><mode>annotation</mode><labels>`,
    ...labels,
    '  </labels></task></meta>',
    ...rows,
    '</annotations>',
    '',
  ].join('\n');
}
