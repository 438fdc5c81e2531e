/** What the fake engine holds: images of a few kinds around cluster centres, labels with a journal, jobs that tests move on by hand. */
import { augmentationPresetNames } from '../../electron/contract/augmentation.ts';
import { AppError } from '../../electron/contract/errors.ts';
import type { Handlers } from '../../electron/contract/calls.ts';
import type * as Domain from '../../electron/contract/domain.ts';
import type { Emit } from '../../electron/contract/events.ts';
import { fakeAdvice, fakeReview } from './fake-advice.ts';
import { fakeMethods } from './fake-methods.ts';
import { fakeSources, fakeStudent, fakeStudentPlan } from './fake-transfer.ts';
import { fakeBases, fakeCatalogue, fakeMismatch } from './fake-bases.ts';
import { importedLabels } from './fake-labels.ts';

export interface FakeOptions {
  readonly numImages?: number;
  readonly numKinds?: number;
  /** Images labelled from the start. */
  readonly numLabelled?: number;
  /** Start with no project open. */
  readonly isClosed?: boolean;
  /** Start with an adapted model, a map, a classifier and its check. */
  readonly isFinished?: boolean;
}

const colours = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#f0e442', '#999999'];
const names = ['Basophil', 'Eosinophil', 'Erythroblast', 'Granulocyte', 'Lymphocyte', 'Monocyte', 'Neutrophil', 'Platelet'];

interface Change {
  readonly action: string;
  readonly before: ReadonlyMap<number, number>;
  readonly after: ReadonlyMap<number, number>;
}

/** The same numbers for the same seed (Mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function refuse(): never {
  throw new AppError('unsupported', 'The fake engine does not do this.');
}

export class FakeProject {
  readonly labels = new Map<number, number>();
  readonly excluded = new Set<number>();
  /** Images whose label was found right. */
  readonly #confirmed = new Set<number>();
  readonly #downloads = new Map<string, number>();
  readonly jobs = new Map<number, Domain.JobView>();
  readonly #emit: Emit;
  readonly #numImages: number;
  readonly #numKinds: number;
  #isOpen: boolean;
  #isFinished: boolean;
  #classes: Omit<Domain.ClassView, 'numLabels'>[];
  #maxRisk: number | null = 0.05;
  #rule: Domain.GroupRule | null = null;
  #undone: Change[] = [];
  #done: Change[] = [];

  constructor(options: FakeOptions, emit: Emit) {
    this.#emit = emit;
    this.#numImages = options.numImages ?? 480;
    this.#numKinds = options.numKinds ?? 6;
    this.#isOpen = options.isClosed !== true;
    this.#isFinished = options.isFinished === true;
    this.#classes = Array.from({ length: options.numLabelled === undefined ? 0 : this.#numKinds }, (_, i) => ({
      id: i + 1,
      name: names[i % names.length] ?? `Class ${i + 1}`,
      colour: colours[i % colours.length] ?? '#999999',
      key: i < 9 ? String(i + 1) : null,
    }));
    for (let id = 1; id <= (options.numLabelled ?? 0); id++) this.labels.set(id, this.kindOf(id) + 1);
  }

  kindOf(id: number): number {
    return (id * 7919) % this.#numKinds;
  }

  #ids(): Int32Array {
    return Int32Array.from({ length: this.#numImages }, (_, i) => i + 1);
  }

  classes(): Domain.ClassView[] {
    const counts = new Map<number, number>();
    for (const classId of this.labels.values()) counts.set(classId, (counts.get(classId) ?? 0) + 1);
    return this.#classes.map((each) => ({ ...each, numLabels: counts.get(each.id) ?? 0 }));
  }

  #isTest(id: number): boolean {
    return id % 5 === 0;
  }

  view(): Domain.ProjectView | null {
    if (!this.#isOpen) return null;
    const labelled = [...this.labels.keys()];
    const check = this.#isFinished ? this.check() : null;
    return {
      path: '/projects/Blood cells.acclimate',
      name: 'Blood cells',
      imagesVersion: 'fake-1',
      sources: [{ id: 1, path: '/images/Blood cells', isPresent: true, numImages: this.#numImages }],
      counts: {
        ok: this.#numImages,
        unreadable: 0,
        missing: 0,
        excluded: this.excluded.size,
        labelled: labelled.filter((id) => !this.#isTest(id)).length,
        labelledForTest: labelled.filter((id) => this.#isTest(id)).length,
        test: Math.floor(this.#numImages / 5),
      },
      classes: this.classes(),
      models: this.models(),
      maps: this.#isFinished
        ? [1, 2].map((modelId) => ({ modelId, px: 160, numImages: this.#numImages, createdAt: 1_760_000_000_000, isStale: false }))
        : [],
      history: this.history(),
      check: check && {
        modelId: check.modelId,
        accuracy: check.accuracy,
        basis: check.basis,
        isStale: check.isStale,
        numLabels: check.numLabels,
      },
      exportedTo: null,
    };
  }

  models(): Domain.ModelView[] {
    if (!this.#isFinished) return [];
    const common = { arch: 'mobilenet_v2', createdAt: 1_760_000_000_000 };
    return [
      { ...common, id: 1, name: 'mobilenetv2', kind: 'base', parentId: null, method: 'imported', px: 224, summary: 'ImageNet weights' },
      {
        ...common,
        id: 2,
        name: 'mobilenetv2 + byol',
        kind: 'adapted',
        parentId: 1,
        method: 'byol',
        px: 96,
        summary: '10 min on 480 images',
      },
      {
        ...common,
        id: 3,
        name: 'probe on 96 labels',
        kind: 'classifier',
        parentId: 2,
        method: 'linear-probe',
        px: 160,
        summary: 'Trained on 96 labels',
      },
    ];
  }

  history(): Domain.HistoryView {
    return { undo: this.#done.at(-1)?.action ?? null, redo: this.#undone.at(-1)?.action ?? null };
  }

  map(modelId: number): Domain.MapView {
    const random = seeded(modelId);
    const ids = this.#ids();
    const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const spread = modelId === 2 ? 0.07 : 0.2;
    const place = (id: number, axis: 0 | 1): number => {
      const angle = (2 * Math.PI * this.kindOf(id)) / this.#numKinds;
      return 0.6 * (axis === 0 ? Math.cos(angle) : Math.sin(angle)) + spread * gauss();
    };
    const clusterIds = ids.map((id) => this.kindOf(id));
    return {
      modelId,
      px: 160,
      modelName: modelId === 2 ? 'mobilenetv2 + byol' : 'mobilenetv2',
      ids,
      x: Float32Array.from(ids, (id) => place(id, 0)),
      y: Float32Array.from(ids, (id) => place(id, 1)),
      clusterIds,
      clusters: Array.from({ length: this.#numKinds }, (_, id) => this.#cluster(id, ids)),
    };
  }

  #cluster(id: number, ids: Int32Array): Domain.ClusterView {
    const members = [...ids].filter((each) => this.kindOf(each) === id);
    const counts = new Map<number, number>();
    for (const each of members) {
      const classId = this.labels.get(each);
      if (classId !== undefined) counts.set(classId, (counts.get(classId) ?? 0) + 1);
    }
    const labels = [...counts].map(([classId, count]) => ({ classId, count })).sort((a, b) => b.count - a.count);
    const numLabelled = labels.reduce((sum, { count }) => sum + count, 0);
    const purity = numLabelled === 0 ? null : (labels[0]?.count ?? 0) / numLabelled;
    return { id, size: members.length, medoids: members.slice(0, 9), labels, numLabelled, purity, looseness: 0.8 + 0.1 * id };
  }

  check(): Domain.CheckView {
    const classes = this.classes();
    const imageIds = Int32Array.from([...this.labels.keys()].filter((id) => this.#isTest(id)));
    const truth = imageIds.map((id) => (this.labels.get(id) ?? 1) - 1);
    const random = seeded(7);
    const predicted = truth.map((label) => (random() < 0.85 ? label : Math.floor(random() * this.#numKinds)));
    const confidence = Float32Array.from(truth, () => 0.5 + random() / 2);
    const confusion = classes.map((_, t) => classes.map((__, p) => truth.filter((label, i) => label === t && predicted[i] === p).length));
    const numRight = truth.filter((label, i) => label === predicted[i]).length;
    const estimate = numRight / Math.max(1, truth.length);
    const around = (value: number): Domain.IntervalView => ({
      estimate: value,
      low: Math.max(0, value - 0.08),
      high: Math.min(1, value + 0.06),
    });
    return {
      modelId: 3,
      modelName: 'probe on 96 labels',
      createdAt: 1_760_000_000_000,
      isStale: false,
      basis: 'held-out',
      basisNote: 'Measured on images that were kept apart: nothing was adapted, chosen or trained on them.',
      numImages: imageIds.length,
      numLabels: this.labels.size - imageIds.length,
      classes,
      accuracy: around(estimate),
      macroF1: around(estimate - 0.02),
      balancedAccuracy: around(estimate - 0.01),
      logLoss: { estimate: 0.52, low: 0.4, high: 0.66 },
      auc: { estimate: 0.96, low: 0.93, high: 0.98 },
      audit: null,
      reliability: {
        bins: [0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95].map((middle, i) => ({
          from: middle - 0.05,
          to: middle + 0.05,
          numImages: 3 + i * i,
          confidence: middle,
          accuracy: around(Math.max(0, middle - 0.04)),
        })),
        error: 0.041,
        errorByChance: 0.036,
        temperature: 1.18,
      },
      abstain: {
        maxRisk: this.#maxRisk,
        rule: null,
        words: 'Even of the surest answers more than that were wrong. Every image gets an answer.',
      },
      leaks: this.#rule === null ? [this.#leak()] : [],
      views: {
        plainAccuracy: 0.861,
        numImages: 96,
        verdicts: [
          {
            name: 'the mirror image',
            accuracy: 0.868,
            accuracyDifference: { estimate: 0.007, low: -0.011, high: 0.025 },
            logLossDifference: { estimate: -0.021, low: -0.038, high: -0.004 },
            outcome: 'helps',
          },
        ],
      },
      confusion,
      perClass: classes.map((_, c) => {
        const support = (confusion[c] ?? []).reduce((a, b) => a + b, 0);
        const hits = confusion[c]?.[c] ?? 0;
        const called = confusion.reduce((sum, row) => sum + (row[c] ?? 0), 0);
        const precision = called === 0 ? null : hits / called;
        const recall = support === 0 ? null : hits / support;
        return {
          precision,
          recall,
          f1: precision !== null && recall !== null && hits > 0 ? (2 * precision * recall) / (precision + recall) : null,
          support,
          intervals: { precision: null, recall: recall === null ? null : around(recall), f1: null },
        };
      }),
      cases: { imageIds, truth, predicted, confidence },
      arms: [
        { name: 'unadapted', px: 224, accuracy: around(estimate - 0.15) },
        { name: 'adapted', px: 160, accuracy: around(estimate) },
      ],
      gain: { estimate: 0.15, low: 0.06, high: 0.24 },
      verdict: 'Adapting helped.',
    };
  }

  #leak(): Domain.LeakView {
    return {
      kind: 'group-across',
      title: '12 images kept apart are of a folder that was also learnt from',
      text: 'Images of one folder (such as slide 1) are on both sides, so the accuracy tells of folders seen before, and new ones may do worse. Keep each folder together.',
      imageIds: [...this.#ids().slice(0, 24)],
      isMet: false,
      rule: { by: 'folder', depth: 1 },
    };
  }

  #groupings(): Domain.GroupingsView {
    const rule: Domain.GroupRule = { by: 'folder', depth: 1 };
    return {
      inUse: this.#rule,
      words:
        this.#rule === null
          ? 'Only copies of an image are kept together.'
          : 'Images are kept together by the first folder, and so are copies.',
      candidates: [{ rule, words: '5 folders by the first folder, such as slide 1', isProposed: true }],
    };
  }

  row(id: number): Domain.ImageView {
    const isDone = this.#isFinished;
    return {
      id,
      sourceId: 1,
      relativePath: `slide ${Math.ceil(id / 100)}/cell-${String(id).padStart(5, '0')}.jpg`,
      width: 360,
      height: 363,
      format: 'jpeg',
      sizeBytes: 11_000 + id,
      status: 'ok',
      problem: null,
      isExcluded: this.excluded.has(id),
      isTest: this.#isTest(id),
      classId: this.labels.get(id) ?? null,
      prediction: isDone ? { classId: this.kindOf(id) + 1, confidence: 0.5 + ((id * 31) % 50) / 100 } : null,
      clusterId: isDone ? this.kindOf(id) : null,
    };
  }

  columns(): Domain.ImageColumns {
    const ids = this.#ids();
    const rows = Array.from(ids, (id) => this.row(id));
    return {
      ids,
      sourceIds: ids.map(() => 1),
      status: new Uint8Array(ids.length),
      isExcluded: Uint8Array.from(rows, (row) => Number(row.isExcluded)),
      isTest: Uint8Array.from(rows, (row) => Number(row.isTest)),
      classIds: Int32Array.from(rows, (row) => row.classId ?? 0),
      predictedIds: Int32Array.from(rows, (row) => row.prediction?.classId ?? 0),
      confidence: Float32Array.from(rows, (row) => row.prediction?.confidence ?? NaN),
      clusterIds: Int32Array.from(rows, (row) => row.clusterId ?? -1),
    };
  }

  change(action: string, wanted: ReadonlyMap<number, number>): Domain.LabelOutcome {
    const entries = [...wanted].filter(([id, classId]) => (this.labels.get(id) ?? 0) !== classId);
    if (entries.length === 0) return { change: null, classes: this.classes(), history: this.history() };
    const before = new Map(entries.map(([id]) => [id, this.labels.get(id) ?? 0]));
    this.#done.push({ action, before, after: new Map(entries) });
    this.#undone = [];
    return this.#apply(action, new Map(entries), action.endsWith('class') || action.endsWith('classes'));
  }

  #apply(action: string, classesOf: ReadonlyMap<number, number>, isOfClasses: boolean): Domain.LabelOutcome {
    for (const [id, classId] of classesOf) {
      if (classId === 0) this.labels.delete(id);
      else this.labels.set(id, classId);
    }
    const change = { action, imageIds: Int32Array.from(classesOf.keys()), classIds: Int32Array.from(classesOf.values()), isOfClasses };
    const outcome = { change, classes: this.classes(), history: this.history() };
    this.#emit('labels.changed', outcome);
    return outcome;
  }

  #step(from: Change[], to: Change[], action: 'undo' | 'redo'): Domain.LabelOutcome {
    const change = from.pop();
    if (change === undefined) return { change: null, classes: this.classes(), history: this.history() };
    to.push(change);
    return this.#apply(
      action,
      action === 'undo' ? change.before : change.after,
      change.action.endsWith('class') || change.action.endsWith('classes'),
    );
  }

  /** Puts a job in its place and tells of it. */
  setJob(job: Domain.JobView): Domain.JobView {
    this.jobs.set(job.id, job);
    this.#emit('job.changed', job);
    return job;
  }

  #start(kind: Domain.JobKind, title: string): Domain.JobView {
    return this.setJob({
      id: this.jobs.size + 1,
      kind,
      title,
      status: 'running',
      phase: title,
      done: 30,
      total: 100,
      unit: 'images',
      remainingMs: 42_000,
      error: null,
      outcome: null,
      canFinish: kind === 'adapt',
      createdAt: 1_760_000_000_000,
      startedAt: 1_760_000_000_000,
      finishedAt: null,
    });
  }

  #download(name: string): Domain.JobView {
    const { title = name, sizeBytes = 0 } = fakeCatalogue.find((row) => row.name === name) ?? {};
    const job = this.#start('download', `Download ${title}`);
    this.#downloads.set(name, job.id);
    return this.setJob({ ...job, phase: 'Downloading', done: Math.round(0.3 * sizeBytes), total: sizeBytes, unit: 'bytes' });
  }

  #endJob(id: number, status: Domain.JobStatusView): Domain.JobView {
    const job = this.jobs.get(id);
    if (job === undefined) throw new AppError('not-found', `There is no job number ${id}.`);
    return this.setJob({ ...job, status, finishedAt: 1_760_000_060_000 });
  }

  #requireView(): Domain.ProjectView {
    this.#isOpen = true;
    const view = this.view();
    if (view === null) throw new AppError('conflict', 'No project is open.');
    this.#emit('project.switched', { path: view.path });
    return view;
  }

  #query({ filter, sort }: Parameters<Handlers['images.query']>[0]): { ids: Int32Array } {
    const wanted = filter.ids === undefined ? null : new Set(filter.ids);
    const fits = (row: Domain.ImageView): boolean =>
      (wanted?.has(row.id) ?? true) &&
      (filter.text === undefined || row.relativePath.toLowerCase().includes(filter.text.toLowerCase())) &&
      (filter.isLabelled === undefined || (row.classId !== null) === filter.isLabelled) &&
      (filter.classId === undefined || row.classId === filter.classId) &&
      (filter.predictedId === undefined || row.prediction?.classId === filter.predictedId) &&
      (filter.clusterId === undefined || row.clusterId === filter.clusterId) &&
      (filter.isExcluded === undefined || row.isExcluded === filter.isExcluded) &&
      (filter.isTest === undefined || row.isTest === filter.isTest) &&
      (filter.status === undefined || row.status === filter.status) &&
      (filter.minConfidence === undefined || (row.prediction?.confidence ?? -1) >= filter.minConfidence) &&
      (filter.maxConfidence === undefined || (row.prediction?.confidence ?? 2) <= filter.maxConfidence) &&
      (filter.isDisagreeing === undefined ||
        (row.classId !== null && row.prediction !== null && row.classId !== row.prediction.classId) === filter.isDisagreeing);
    const rows = Array.from(this.#ids(), (id) => this.row(id)).filter(fits);
    if (sort?.by === 'confidence') rows.sort((a, b) => (a.prediction?.confidence ?? 0) - (b.prediction?.confidence ?? 0));
    if (sort?.descending === true) rows.reverse();
    return { ids: Int32Array.from(rows, (row) => row.id) };
  }

  /** Every call of the contract; those that need a real engine refuse. */
  handlers(): Handlers {
    const assign = (ids: readonly number[], classId: number, action: string): Domain.LabelOutcome =>
      this.change(action, new Map(ids.map((id) => [id, classId])));
    const picture = (count: number, px: number): Domain.PictureStrip => ({
      px,
      count,
      pixels: Uint8Array.from({ length: count * px * px * 3 }, (_, i) => (i * 31) % 251),
    });
    const plan = (): Domain.AdaptPlan => ({
      baseRef: 'scratch:resnet18',
      method: 'byol',
      minutes: 10,
      px: 96,
      normOnly: false,
      reason: 'Your 480 images differ from everyday photographs, and ten minutes are enough to learn from each about eighty times.',
      methods: fakeMethods,
      augmentations: augmentationPresetNames.map((preset) => ({
        preset,
        toggles: { flips: preset !== 'documents', turns: preset === 'microscopy', colour: true, grey: true, blur: preset === 'photos' },
        impossible: [],
      })),
      imagesPerSecond: 66,
      numImages: this.#numImages,
    });
    return {
      'app.view': () => ({ version: '0.1.0', platform: 'linux', numCores: 2, dataDir: '/data', root: null }),
      'app.recents': () => [
        { path: '/projects/Blood cells.acclimate', name: 'Blood cells', openedAt: 1_760_000_000_000, exists: true, numImages: 480 },
        { path: '/projects/Steel.acclimate', name: 'Steel', openedAt: 1_750_000_000_000, exists: false, numImages: 1799 },
      ],
      'app.forgetRecent': () => [],
      'folders.list': ({ path }) => ({
        path: path ?? '/home/me',
        parent: path === null ? null : '/home/me',
        entries: [
          { name: 'Images', path: '/home/me/Images', kind: 'folder' },
          { name: 'Blood cells.acclimate', path: '/projects/Blood cells.acclimate', kind: 'project' },
          { name: 'mine.safetensors', path: '/home/me/mine.safetensors', kind: 'weights' },
        ],
        numImages: 12,
      }),
      'project.openFolder': () => this.#requireView(),
      'project.open': () => this.#requireView(),
      'project.openSample': () => this.#requireView(),
      'project.close': () => {
        this.#isOpen = false;
        this.#emit('project.switched', { path: null });
        return null;
      },
      'project.view': () => this.view(),
      'project.addFolder': () => this.#start('import', 'Import images'),
      'project.removeSource': () => this.#requireView(),
      'project.relocateSource': () => this.#requireView(),
      'project.rescan': () => this.#start('import', 'Look at the folders again'),
      'images.query': (input) => this.#query(input),
      'images.rows': ({ ids }) => ids.map((id) => this.row(id)),
      'images.columns': () => this.columns(),
      'images.samples': () => ({
        width: 64,
        height: 64,
        channels: 1,
        bitsPerSample: 16,
        data: Uint16Array.from({ length: 64 * 64 }, (_, i) => 1000 + 40 * (i % 64)),
        fullWidth: 64,
        fullHeight: 64,
      }),
      'images.similar': ({ id, count, unlabelledOnly }) => {
        const ids = this.#ids().filter(
          (each) => each !== id && this.kindOf(each) === this.kindOf(id) && (unlabelledOnly !== true || !this.labels.has(each)),
        );
        const found = ids.slice(0, count);
        return { ids: found, distances: Float32Array.from(found, (_, i) => i / 100) };
      },
      'images.exclude': ({ ids, isExcluded }) => {
        for (const id of ids) {
          if (isExcluded) this.excluded.add(id);
          else this.excluded.delete(id);
        }
        this.#emit('project.changed', { parts: ['images'] });
        return { numChanged: ids.length };
      },
      'classes.add': ({ name, colour, key }) => {
        const id = Math.max(0, ...this.#classes.map((each) => each.id)) + 1;
        const added = { id, name, colour: colour ?? colours[id % colours.length] ?? '#999999', key: key ?? (id < 10 ? String(id) : null) };
        this.#classes = [...this.#classes, added];
        this.#emit('project.changed', { parts: ['classes'] });
        return { ...added, numLabels: 0 };
      },
      'classes.update': ({ id, ...change }) => {
        this.#classes = this.#classes.map((each) =>
          each.id === id
            ? {
                ...each,
                name: change.name ?? each.name,
                colour: change.colour ?? each.colour,
                key: change.key === undefined ? each.key : change.key,
              }
            : each,
        );
        this.#emit('project.changed', { parts: ['classes'] });
        return this.classes().find((each) => each.id === id) ?? refuse();
      },
      'classes.remove': ({ id }) => {
        const ids = [...this.labels].filter(([, classId]) => classId === id).map(([imageId]) => imageId);
        this.#classes = this.#classes.filter((each) => each.id !== id);
        return assign(ids, 0, 'remove-class');
      },
      'classes.merge': ({ fromId, intoId }) => {
        const ids = [...this.labels].filter(([, classId]) => classId === fromId).map(([imageId]) => imageId);
        this.#classes = this.#classes.filter((each) => each.id !== fromId);
        return assign(ids, intoId, 'merge-classes');
      },
      'classes.reorder': () => this.classes(),
      'labels.assign': ({ ids, classId, isSuggestion }) => {
        const kept = ids.filter((id) => ids.length === 1 || this.labels.has(id) || !this.#isTest(id));
        return { ...assign(kept, classId, isSuggestion === true ? 'accept' : 'assign'), numLeftOut: ids.length - kept.length };
      },
      'labels.clear': ({ ids }) => assign(ids, 0, 'clear'),
      'labels.undo': () => this.#step(this.#done, this.#undone, 'undo'),
      'labels.redo': () => this.#step(this.#undone, this.#done, 'redo'),
      'labels.queue': ({ count, skippedIds, clusterId }) => {
        const skipped = new Set(skippedIds);
        const ids = [...this.#ids()].filter(
          (id) =>
            !this.labels.has(id) &&
            !skipped.has(id) &&
            !this.excluded.has(id) &&
            (clusterId === undefined || this.kindOf(id) === clusterId),
        );
        const items = ids.slice(0, count).map((imageId) => ({
          imageId,
          reason: this.#isTest(imageId) ? 'Drawn at random, to check with' : 'Typical of a cluster without labels',
          isTest: this.#isTest(imageId),
          suggestion:
            this.#classes.length > 0 ? { classId: this.kindOf(imageId) + 1, confidence: 0.5 + ((imageId * 31) % 50) / 100 } : null,
        }));
        return { strategy: 'typical', explanation: 'One typical image of every cluster first.', items };
      },
      'labels.importFile': ({ text }) => importedLabels(text),
      'labels.importFolders': () => importedLabels(''),
      'labels.exportFile': ({ format }) => ({ fileName: `labels-${format}.txt`, text: 'path,label\n' }),
      'labels.exportFolders': () => this.#start('export-labels', 'Copy labelled images into folders'),
      'bases.list': () => fakeBases,
      'bases.add': () => {
        throw fakeMismatch();
      },
      'bases.catalogue': () => fakeCatalogue.map((row) => ({ ...row, jobId: this.#downloads.get(row.name) ?? null })),
      'bases.download': ({ name }) => this.#download(name),
      'adapt.plan': () => plan(),
      'adapt.measure': () => plan(),
      'adapt.preview': ({ ids, numViews, px }) => ({ originals: picture(ids.length, px), views: picture(ids.length * numViews, px) }),
      'adapt.start': () => this.#start('adapt', 'Adapt with BYOL, 10 min'),
      'sources.choose': ({ folders }) => this.#start('choose-source', `Compare ${folders.length} folders to learn from first`),
      'sources.read': () => (this.#isFinished ? fakeSources : { stages: [], choice: null, nextId: null }),
      'adapt.live': () => null,
      'adapt.neighbours': ({ ids, k, modelIds }) =>
        modelIds.map((modelId) => ({
          modelId,
          px: 160,
          name: this.models().find((model) => model.id === modelId)?.name ?? '',
          k,
          ids: Int32Array.from(
            ids.flatMap((id) => Array.from({ length: k }, (_, i) => ((id + (modelId === 2 ? 6 : 5) * (i + 1)) % this.#numImages) + 1)),
          ),
        })),
      'models.list': () => this.models(),
      'models.training': ({ id }) =>
        id === 2
          ? {
              jobId: null,
              modelId: 2,
              method: 'byol',
              curves: Array.from({ length: 60 }, (_, i) => ({
                step: 10 * (i + 1),
                elapsedMs: 1e4 * (i + 1),
                values: { loss: 2 * Math.exp(-i / 20) + 0.1 },
              })),
              health: Array.from({ length: 5 }, (_, i) => ({
                step: 150 * i,
                elapsedMs: 150_000 * i,
                collapse: 0.1,
                spread: 0.8 + i / 50,
                rankMe: 60 + 9 * i,
                agreement: 1 - i / 10,
                alphaReq: 1.5 - i / 12,
                clusterStability: 0.4 + i / 20,
                steadiness: i === 0 ? 1 : 0.6 + i / 20,
                labelAccuracy: 0.5 + i / 18,
                alarms: [],
              })),
              imagesPerSecond: 66,
              kept: [0, 0.1, 0.25, 0.5, 1].map((progress, i) => ({
                step: 600 * progress,
                progress,
                accuracy: [0.51, 0.58, 0.67, 0.76, 0.74][i] ?? null,
                isChosen: i === 3,
              })),
              keptNote: 'Kept the network at 50 % of the time: cross-validated on the labels, 76 % right against 74 % at the end.',
              verdict: {
                outcome: 'better',
                headline: 'Adapting helped',
                words:
                  'Of the labels held out, "adapted, 160 px" gets 76 % right and "unadapted, 224 px", the best unadapted one, 58 %: +18.0 points (95 % interval +9.1 to +26.4).',
                difference: { estimate: 0.18, low: 0.091, high: 0.264 },
                adapted: { px: 160, accuracy: { estimate: 0.76, low: 0.67, high: 0.83 } },
                unadapted: { px: 224, accuracy: { estimate: 0.58, low: 0.48, high: 0.67 } },
                uses: 'adapted',
                numLabels: 96,
              },
            }
          : null,
      'models.rename': () => refuse(),
      'models.remove': () => this.models(),
      'map.start': () => this.#start('map', 'Compute the map'),
      'map.read': ({ modelId }) => this.map(modelId),
      'explore.duplicates': () => [
        { imageIds: [3, 9], isExact: true, isConflicting: false },
        { imageIds: [14, 20, 26], isExact: false, isConflicting: true },
      ],
      'explore.outliers': () => [
        { imageId: 11, score: 2.4 },
        { imageId: 35, score: 1.9 },
      ],
      'train.start': () => this.#start('train', 'Train'),
      'check.read': () => (this.#isFinished ? this.check() : null),
      'check.setRisk': ({ maxRisk }) => {
        this.#maxRisk = maxRisk;
        return this.check();
      },
      'groups.read': () => this.#groupings(),
      'groups.use': ({ rule }) => {
        this.#rule = rule;
        return this.#groupings();
      },
      'advice.read': () => (this.#isFinished ? fakeAdvice(this.classes()) : null),
      'review.read': () => (this.#isFinished ? fakeReview(this.labels, this.#confirmed) : null),
      'review.confirmed': () => ({ ids: Int32Array.from(this.#confirmed) }),
      'review.confirm': ({ ids, isRight }) => {
        for (const id of ids) {
          if (isRight) this.#confirmed.add(id);
          else this.#confirmed.delete(id);
        }
        return { ids: Int32Array.from(this.#confirmed) };
      },
      'student.plan': () => (this.#isFinished ? fakeStudentPlan : null),
      'student.start': () => this.#start('student', 'Teach mobilenetv2 what the classifier knows, 10 min'),
      'student.read': () => (this.#isFinished ? fakeStudent : null),
      'export.plan': () =>
        this.#isFinished
          ? {
              modelId: 3,
              modelName: 'probe on 96 labels',
              outDir: '/projects/Blood cells-model',
              numBytes: 9_100_000,
              px: 160,
              classes: this.classes().map((each) => each.name),
            }
          : null,
      'export.start': () => this.#start('export', 'Export the classifier'),
      'export.read': () => null,
      'predictions.exportFile': ({ format }) => ({ fileName: `predictions-${format}.txt`, text: 'path,predicted\n' }),
      'jobs.list': () => [...this.jobs.values()],
      'jobs.finish': ({ id }) => this.#endJob(id, 'succeeded'),
      'jobs.pause': ({ id }) => this.#endJob(id, 'interrupted'),
      'jobs.cancel': ({ id }) => this.#endJob(id, 'cancelled'),
      'jobs.resume': ({ id }) => this.#endJob(id, 'running'),
      'jobs.dismiss': ({ id }) => {
        this.jobs.delete(id);
        this.#emit('job.removed', { id });
        return null;
      },
    };
  }
}
