/** README.md of a package: what the model is, what it was made from, how good it is and where it ends. */
import type { ClassScore } from '../learn/metrics.ts';
import { describePreprocessing } from './classifier-model.ts';
import type { Classifier } from './classifier-model.ts';
import { minFileAgreement, squareTolerance } from './verify.ts';
import type { Agreement, VerificationReport } from './verify.ts';

export interface CardMetric {
  readonly name: string;
  readonly value: number;
  /** The ends of its 95 % interval. */
  readonly interval?: readonly [low: number, high: number];
}

export interface CardEvaluation {
  /** One or more sentences: which images, how they were chosen and kept apart from training. */
  readonly measuredOn: string;
  readonly numImages: number;
  readonly metrics: readonly CardMetric[];
  /** In the order of the classes. */
  readonly perClass?: readonly ClassScore[];
}

/** What the card says that the classifier itself does not know. All texts are plain text. */
export interface ModelCard {
  readonly title: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly appVersion: string;
  readonly data: {
    readonly numImages: number;
    readonly numLabelled: number;
    /** Names or paths of the image folders; only their last part is published. */
    readonly sources: readonly { readonly name: string; readonly numImages: number }[];
  };
  /** How the classifier was made: training method and settings, a sentence or two each. */
  readonly method: readonly string[];
  /** From the base model to this one, in order. */
  readonly lineage: readonly { readonly stage: string; readonly detail: string }[];
  /** Null where no held-out images were measured. */
  readonly evaluation: CardEvaluation | null;
  /** Whether adapting to the images helped; null where it was not done or not compared. */
  readonly verdict: string | null;
  /** Limits besides those that hold for every package. */
  readonly limits: readonly string[];
}

/** Below this many labels a class is named under limits. */
const fewLabels = 10;

/** The last part of a path of any system. */
export function lastPart(path: string): string {
  return path.split(/[\\/]+/).findLast((part) => part !== '') ?? path;
}

/** Plain text as one line of Markdown. */
function plain(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*_[\]<>|#~&]/g, '\\$&');
}

function bullets(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const decimals = (value: number): string => (Number.isFinite(value) ? value.toFixed(3) : 'not defined');

function evaluationSection({ evaluation }: ModelCard, { classes }: Classifier): string {
  if (evaluation === null) {
    return 'Not measured on held-out images. Label some images that were not used for training before you rely on this model.';
  }
  const { measuredOn, numImages, metrics, perClass } = evaluation;
  const rows = metrics.map(({ name, value, interval }) => [
    plain(name),
    decimals(value),
    interval === undefined ? '' : `${decimals(interval[0])} to ${decimals(interval[1])}`,
  ]);
  const scores = perClass?.map(({ precision, recall, f1, support }, k) => [
    plain(classes[k]?.name ?? ''),
    ...[precision, recall, f1].map(decimals),
    String(support),
  ]);
  return [
    `Measured on ${numImages} images. ${plain(measuredOn)}`,
    table(['metric', 'value', '95 % interval'], rows),
    ...(scores === undefined ? [] : [table(['class', 'precision', 'recall', 'F1', 'images'], scores)]),
  ].join('\n\n');
}

function agreementRow(from: string, { numImages, numSameClass, numTies, maxDifference, meanDifference }: Agreement): string[] {
  return [from, String(numImages), String(numSameClass), String(numTies), maxDifference.toExponential(1), meanDifference.toExponential(1)];
}

function agreementSection({ squares, files, speed }: VerificationReport): string {
  const head = ['from', 'images', 'same class', 'tied class', 'largest difference', 'mean difference'];
  return [
    `Before this package was finished, \`model.onnx\` was run on images of the project and compared with the app's own predictions. It had to agree within ${squareTolerance} on the pixels that the app used, and on the class of at least ${minFileAgreement * 100} % of the files. Differences are those of probabilities.`,
    table(head, [agreementRow('the pixels that the app used', squares), agreementRow('decoded files', files)]),
    `Speed on the machine that wrote it, in images per second, without decoding: ${speed.single.toFixed(0)} one at a time, ${speed.batch.toFixed(0)} in batches of ${speed.batchSize}, ${speed.file.toFixed(0)} from files of their own size one at a time.`,
  ].join('\n\n');
}

function limitsSection(card: ModelCard, { classes, minProbability, abstention, px, flip }: Classifier): string {
  const scarce = classes.filter(({ numLabels }) => numLabels < fewLabels).map(({ name, numLabels }) => `${plain(name)} (${numLabels})`);
  const unsure =
    minProbability === null
      ? 'It has no answer for "none of these".'
      : `Answers below a probability of ${minProbability} count as unsure; the scripts give “none of these” for them.${abstention ? ` ${plain(abstention.words)}` : ''}`;
  return bullets([
    `Every image gets one of the ${classes.length} classes, also an image of something else. ${unsure}`,
    'The figures above hold for images like those of the project. Another camera, site, season or preparation needs checking on labelled images of its own.',
    `Only the centre square of an image is seen, at ${px} x ${px} px: what lies at the far ends of a long image, or is smaller than a pixel there, has no influence.`,
    "A probability is the network's own confidence, which can be too high or too low.",
    ...(flip
      ? ['An image and its mirror image get the same answer, so classes that differ only by left and right cannot be told apart.']
      : []),
    ...(scarce.length === 0 ? [] : [`Few labelled images, so trust these classes less: ${scarce.join(', ')}.`]),
    'Images of more than 8 bits per channel are brought to 8 bits before the model. `predict.mjs` does that as the app does, `predict.py` does so for grey images and refuses colour; a browser does it in its own way.',
    ...card.limits.map(plain),
  ]);
}

const running = `Every image may have its own size. All scripts print the class and its probability for each image; given a folder they take all images in it.

**Python**

\`\`\`sh
pip install onnxruntime numpy pillow
python predict.py photo.jpg
python predict.py folder --csv result.csv
\`\`\`

**Node** (20.11 or later). \`sharp\` decodes image files; for \`.ppm\` and \`.npy\` files of raw RGB, \`onnxruntime-node\` alone is enough.

\`\`\`sh
npm install onnxruntime-node sharp
node predict.mjs photo.jpg
node predict.mjs folder --csv result.csv
\`\`\`

**Browser**. Images do not leave the browser. It wants a web server, for instance Python's:

\`\`\`sh
npm install onnxruntime-web
python -m http.server 8000 --bind 127.0.0.1
\`\`\`

Then open \`http://127.0.0.1:8000/browser.html\`.

**Anything else** that runs ONNX (operator set 20): input \`images\`, uint8 RGB \`[batch, height, width, 3]\`; outputs \`probabilities\`, float32 \`[batch, classes]\`, and \`label\`, int32 \`[batch]\`. Turn images upright, lay transparency over white and convert to sRGB; everything after that is inside. The names of the classes are in \`labels.json\` and in the model's metadata under \`classes\`.`;

/** The README. */
export function modelCardMarkdown(card: ModelCard, classifier: Classifier, report: VerificationReport): string {
  const { data } = card;
  const sources = data.sources.map(({ name, numImages }) => `${plain(lastPart(name))}: ${numImages} images`);
  const classes = classifier.classes.map(({ name, numLabels }, k) => [String(k), plain(name), String(numLabels)]);
  const sections: readonly (readonly [string, string])[] = [
    ['Classes', table(['index', 'class', 'labelled images'], classes)],
    ['Running it', running],
    ['Data', `${data.numImages} images, of which ${data.numLabelled} are labelled.\n\n${bullets(sources)}`],
    ['Method', bullets([...card.method.map(plain), `Network: ${plain(classifier.network.arch)}.`, describePreprocessing(classifier)])],
    ['Lineage', card.lineage.map(({ stage, detail }, i) => `${i + 1}. ${plain(stage)}: ${plain(detail)}`).join('\n')],
    ['Results', evaluationSection(card, classifier) + (card.verdict === null ? '' : `\n\n${plain(card.verdict)}`)],
    ['Agreement with the app', agreementSection(report)],
    ['Limits', limitsSection(card, classifier)],
  ];
  const intro = `An image classifier, exported by Acclimate ${plain(card.appVersion)} on ${card.createdAt.slice(0, 10)}.`;
  return `# ${plain(card.title)}\n\n${intro}\n\n${sections.map(([head, body]) => `## ${head}\n\n${body}\n`).join('\n')}`;
}
