/**
 * Labels as COCO JSON (cocodataset.org, "Data format"; also the COCO Camera Traps variant, whose ids are texts). An annotation without a box holds
 * for its whole image; that is how labels are written here.
 */
import { z } from 'zod';
import { AppError } from '../../../contract/errors.ts';
import { checked, parseJson } from './json-text.ts';
import type { LabelEntry, LabelFile, LabelledImage } from './label-entry.ts';

const id = z.union([z.number(), z.string()]);
const fileSchema = z.object({ images: z.array(z.unknown()), annotations: z.array(z.unknown()), categories: z.array(z.unknown()) });
const imageSchema = z.object({ id, file_name: z.string().min(1) });
const categorySchema = z.object({ id, name: z.string() });
const annotationSchema = z.object({ image_id: id, category_id: id });

/** By id, as text; ids beyond what numbers can tell apart show as repeated. */
function byId<Record extends { readonly id: number | string }>(
  name: string,
  list: string,
  records: readonly Record[],
): Map<string, Record> {
  const found = new Map<string, Record>();
  records.forEach((record, i) => {
    const key = String(record.id);
    if (found.has(key)) throw new AppError('invalid-input', `${name}, at ${list}[${i}].id: ${key} is the id of an earlier one, too.`);
    found.set(key, record);
  });
  return found;
}

/**
 * The category of each image whose annotations, boxes or not, are all of one; images of several categories are left out and named. Throws
 * `invalid-input` with the path of what does not fit.
 */
export function readCoco(name: string, text: string): LabelFile {
  const file = checked(fileSchema, parseJson(name, text), name, '');
  const images = file.images.map((image, i) => checked(imageSchema, image, name, `images[${i}]`));
  const categories = file.categories.map((category, i) => checked(categorySchema, category, name, `categories[${i}]`));
  const imageById = byId(name, 'images', images);
  const categoryById = byId(name, 'categories', categories);
  const labels = new Map<string, Set<string>>();
  file.annotations.forEach((value, i) => {
    const place = `annotations[${i}]`;
    const annotation = checked(annotationSchema, value, name, place);
    const [image, category] = [String(annotation.image_id), String(annotation.category_id)];
    if (!imageById.has(image)) throw new AppError('invalid-input', `${name}, at ${place}.image_id: the file has no image ${image}.`);
    const label = categoryById.get(category)?.name;
    if (label === undefined) throw new AppError('invalid-input', `${name}, at ${place}.category_id: the file has no category ${category}.`);
    labels.set(image, (labels.get(image) ?? new Set()).add(label));
  });
  const entries: LabelEntry[] = [];
  const leftOut: string[] = [];
  images.forEach((image, i) => {
    const [label, ...others] = labels.get(String(image.id)) ?? [];
    const where = `images[${i}]`;
    if (label === undefined) return;
    if (others.length === 0) entries.push({ where, path: image.file_name, label });
    else leftOut.push(`${where}, ${image.file_name}: it has several categories, ${[label, ...others].slice(0, 5).join(', ')}`);
  });
  return { entries, leftOut };
}

/** One annotation without a box for every image; `classNames` are all categories, in this order. */
export function writeCoco(images: readonly LabelledImage[], classNames: readonly string[]): string {
  const categoryIds = new Map(classNames.map((name, i) => [name, i + 1]));
  const file = {
    info: { description: 'Labels of whole images', version: '1.0' },
    licenses: [],
    images: images.map(({ id: imageId, path, width, height }) => ({ id: imageId, file_name: path, width, height })),
    annotations: images.map((image, i) => ({ id: i + 1, image_id: image.id, category_id: categoryIds.get(image.label) ?? 0 })),
    categories: classNames.map((name, i) => ({ id: i + 1, name, supercategory: '' })),
  };
  return `${JSON.stringify(file, null, 1)}\n`;
}
