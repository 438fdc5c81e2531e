/**
 * What a classifier says of every image, as the detection JSON that camera-trap tools read (format 1.5, lila.science/megadetector-output-format).
 * A classifier of whole images finds nothing in them: each image gets one box, which is all of it.
 */
import { outsidePaths } from '../intake/outside-paths.ts';
import type { Workspace } from '../workspace.ts';
import { readPredictedImages } from './predicted-images.ts';

/** The format's own categories; tools look for "animal" by name. */
const categories = [
  { id: '1', name: 'animal' },
  { id: '2', name: 'person' },
  { id: '3', name: 'vehicle' },
] as const;
type CategoryId = (typeof categories)[number]['id'];

/** Names of classes that are no animal; 'none' means that nothing is there. */
const categoryOf: ReadonlyMap<string, CategoryId | 'none'> = new Map([
  ['empty', 'none'],
  ['blank', 'none'],
  ['nothing', 'none'],
  ['person', '2'],
  ['people', '2'],
  ['human', '2'],
  ['vehicle', '3'],
]);

const minShare = 0.01;
const maxListed = 10;

/** With a point always, since readers tell fractions from whole numbers by it. */
const fraction = (value: number): string => Math.min(1, Math.max(0, value)).toFixed(4);

/** The one box of an image, as JSON, and how sure it is. */
function detectionOf(
  probabilities: Float32Array,
  categoryIds: readonly (CategoryId | 'none')[],
): { readonly json: string; readonly conf: string } {
  const sums = new Map<CategoryId, number>();
  probabilities.forEach((p, c) => {
    const id = categoryIds[c] ?? '1';
    if (id !== 'none') sums.set(id, (sums.get(id) ?? 0) + p);
  });
  const [[category, sum] = ['1', 0] as const] = [...sums].sort(([, a], [, b]) => b - a);
  const ranked = Array.from(probabilities, (p, c) => ({ p, c }))
    .filter(({ c }) => (categoryIds[c] ?? '1') === category)
    .sort((a, b) => b.p - a.p);
  const listed = ranked.filter(({ p }, i) => i === 0 || p >= minShare).slice(0, maxListed);
  const classifications = listed.map(({ p, c }) => `["${c + 1}",${fraction(p)}]`).join(',');
  const conf = fraction(sum);
  return { json: `{"category":"${category}","conf":${conf},"bbox":[0.0,0.0,1.0,1.0],"classifications":[${classifications}]}`, conf };
}

/** `2026-11-25 18:00:00` in UTC. */
const timeText = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

/**
 * One entry for every usable image, with forward slashes below its source, and one with `failure` for every image that cannot be read. `conf` is the
 * probability that there is something: that of all classes but those called empty, blank or nothing, or of the people or vehicles where those are
 * likelier; it is 1 where no class is called so. The classes follow by probability, those under 1 % left out. Throws as `readPredictedImages` does.
 */
export async function predictionsDetections(workspace: Workspace, modelId?: number): Promise<string> {
  const { project } = workspace;
  const { model, names, batches } = readPredictedImages(workspace, modelId);
  const usable = project.images.getMany(project.images.usable());
  const failed = project.images.problems().filter(({ status, isExcluded }) => status === 'unreadable' && !isExcluded);
  const placed = [...usable, ...failed];
  const paths = outsidePaths(workspace, placed);
  const pathOf = new Map(placed.map(({ id }, i) => [id, paths[i] ?? '']));
  const categoryIds = names.map((name) => categoryOf.get(name.toLowerCase()) ?? '1');
  const rows: string[] = [];
  for await (const batch of batches()) {
    for (const { image, probabilities } of batch) {
      const { json, conf } = detectionOf(probabilities, categoryIds);
      // Readers of the format's first versions want the largest confidence on its own.
      rows.push(`{"file":${JSON.stringify(pathOf.get(image.id))},"max_detection_conf":${conf},"detections":[${json}]}`);
    }
  }
  rows.push(...failed.map(({ id }) => `{"file":${JSON.stringify(pathOf.get(id))},"failure":"Failure image access","detections":null}`));
  const info = {
    format_version: '1.5',
    detector: 'whole images',
    detection_completion_time: timeText(model.createdAt),
    classifier: model.name,
    classification_completion_time: timeText(model.createdAt),
    detector_metadata: { typical_detection_threshold: 0.5, conservative_detection_threshold: 0.2 },
    classifier_metadata: { typical_classification_threshold: 0.5 },
  };
  const parts = [
    `"info":${JSON.stringify(info)}`,
    `"detection_categories":${JSON.stringify(Object.fromEntries(categories.map(({ id, name }) => [id, name])))}`,
    `"classification_categories":${JSON.stringify(Object.fromEntries(names.map((name, c) => [String(c + 1), name])))}`,
    `"images":[\n${rows.join(',\n')}\n]`,
  ];
  return `{${parts.join(',\n')}}\n`;
}
