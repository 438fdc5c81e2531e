/** `review-labels`: labels that should be looked at again. */
import type { Command } from 'commander';
import { AppError } from '../contract/errors.ts';
import type { LabelReviewView } from '../contract/domain.ts';
import { labelsKey } from '../services/labelling/labels-key.ts';
import { reviewLabels } from '../services/labelling/review-labels.ts';
import type { Workspace } from '../services/workspace.ts';
import { seedOption } from './options.ts';
import { lines } from './print.ts';
import { withWorkspace } from './session.ts';
import type { CommonOptions } from './session.ts';
import { formatTable } from './terminal.ts';

interface ReviewOptions extends CommonOptions {
  readonly right?: readonly string[];
  readonly seed: number;
}

interface Row {
  readonly path: string;
  readonly label: string;
  readonly likely: string | null;
  readonly reasons: LabelReviewView['items'][number]['reasons'];
  readonly margin: number | null;
  readonly harm: number | null;
}

interface Report {
  readonly numConfirmed: number;
  readonly numLabels: number;
  readonly rows: readonly Row[];
}

const words: Readonly<Record<Row['reasons'][number], string>> = {
  mislabelled: 'the classifier disagrees',
  harmful: 'hurts the classifier',
  conflict: 'a copy has another label',
};

/** Few people err as often as that: beyond it, doubts are the classifier's own. */
const credibleShare = 0.2;

/** The images at these paths, below their folders. Throws `not-found`. */
function imagesAt({ project }: Workspace, paths: readonly string[]): number[] {
  const byPath = new Map(project.images.getMany(project.images.usable()).map(({ id, relativePath }) => [relativePath, id] as const));
  return paths.map((path) => {
    const id = byPath.get(path.replaceAll('\\', '/').normalize('NFC')) ?? byPath.get(path);
    if (id === undefined) throw new AppError('not-found', `The project has no image ${path}. Give its path as review-labels lists it.`);
    return id;
  });
}

function reported({ project }: Workspace, { items, numLabels }: LabelReviewView, numConfirmed: number): Report {
  const names = new Map(project.classes.list().map(({ id, name }) => [id, name] as const));
  const paths = new Map(project.images.getMany(items.map(({ imageId }) => imageId)).map(({ id, relativePath }) => [id, relativePath]));
  return {
    numConfirmed,
    numLabels,
    rows: items.map(({ imageId, classId, likelyId, reasons, margin, harm }) => ({
      path: paths.get(imageId) ?? '',
      label: names.get(classId) ?? '',
      likely: likelyId === null ? null : (names.get(likelyId) ?? null),
      reasons,
      margin,
      harm,
    })),
  };
}

function reviewed({ rows, numLabels, numConfirmed }: Report): string {
  const numDoubted = rows.filter(({ reasons }) => reasons.includes('mislabelled')).length;
  return lines(
    numConfirmed === 0 ? null : `Marked as right: ${numConfirmed}. They will not be listed again while they keep their labels.`,
    rows.length === 0
      ? `Of ${numLabels} labels none stands out.`
      : `Of ${numLabels} labels these should be looked at, the most doubtful first (margin 0: the classifier is sure of another class, 1: of this one):`,
    rows.length === 0
      ? null
      : formatTable([
          ['image', 'label', 'rather', 'margin', 'why'],
          ...rows.map(({ path, label, likely, margin, reasons }) => [
            path,
            label,
            likely ?? '',
            margin === null ? '' : margin.toFixed(2),
            reasons.map((reason) => words[reason]).join(', '),
          ]),
        ]),
    numDoubted > credibleShare * numLabels
      ? `The classifier disagrees with ${numDoubted} of ${numLabels} labels. So many are seldom wrong: it is too weak as yet to tell, so give it more labels before you trust its doubts.`
      : null,
  );
}

/** Gives the command `review-labels` its options and action. */
export function addReview(command: Command, controller: AbortController): void {
  command
    .option('--right <image...>', 'first mark the labels of these images as right, so that they are not listed again')
    .addOption(seedOption())
    .action((options: ReviewOptions) =>
      withWorkspace(
        controller,
        options,
        async ({ workspace }) => {
          const { seed, right = [] } = options;
          const numConfirmed = workspace.project.labelReviews.confirm(imagesAt(workspace, right));
          const found = await workspace.job({ kind: 'review-labels', params: { seed, labels: labelsKey(workspace) } }, (ctx) =>
            reviewLabels(workspace, { seed }, ctx),
          );
          return reported(workspace, found, numConfirmed);
        },
        reviewed,
      ),
    );
}
