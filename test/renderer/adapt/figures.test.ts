import { describe, expect, it } from 'vitest';
import type { AdaptMethodView, HealthView, ImageColumns, ModelView, TrainingView } from '../../../electron/contract/domain.ts';
import { adviceOn, presentationsPerImage, roundedTimes } from '../../../renderer/views/adapt/budget.ts';
import { exampleImages } from '../../../renderer/views/adapt/example-images.ts';
import { healthWord } from '../../../renderer/views/adapt/health.ts';
import { lineageRows, toggleChosen } from '../../../renderer/views/adapt/lineage.ts';
import { rgbaOf } from '../../../renderer/views/adapt/picture-strip.ts';
import { fakeMethods } from '../../../renderer/api/fake-methods.ts';
import { methodGroups } from '../../../renderer/views/adapt/method-groups.ts';
import { overlay, pointsOf, shownFigures } from '../../../renderer/views/adapt/training-series.ts';

const at = (collapse: number, agreement = 0.6, alarms: HealthView['alarms'] = []): HealthView => ({
  ...{ step: 0, elapsedMs: 0, collapse, spread: 1, rankMe: 40, agreement, alarms },
  ...{ alphaReq: null, clusterStability: null, steadiness: null, labelAccuracy: null },
});

describe('what a time is worth', () => {
  it('counts presentations of each image', () => {
    expect(presentationsPerImage(10, 66, 480)).toBeCloseTo(82.5);
    expect(presentationsPerImage(10, null, 480)).toBeNull();
    expect(presentationsPerImage(10, 66, 0)).toBeNull();
  });
  it('is rounded as an estimate is', () => {
    expect([3.14159, 82.5, 1234].map(roundedTimes)).toEqual([3.1, 83, 1200]);
  });
  it('is called few or many only at the ends', () => {
    expect([null, 2, 80, 4000].map(adviceOn)).toEqual([null, 'few', null, 'many']);
  });
});

describe('health in a word', () => {
  it('waits for the start, and for what comes after it', () => {
    expect(healthWord([])).toBe('waiting');
    expect(healthWord([at(0, 1)])).toBe('start');
  });
  it('follows the newest figures', () => {
    expect(healthWord([at(0, 1), at(0.2)])).toBe('good');
    expect(healthWord([at(0, 1), at(0.7, 0.6, ['spread'])])).toBe('warning');
    expect(healthWord([at(0, 1), at(0.7), at(0.3)])).toBe('good');
    expect(healthWord([at(0, 1), at(1)])).toBe('collapsed');
  });
  it('tells of alarms', () => {
    expect(healthWord([at(0, 1), at(0.2, 0.6, ['chance-loss'])])).toBe('guessing');
    expect(healthWord([at(0, 1), at(0.2, 0.6, ['chance-loss', 'rank'])])).toBe('warning');
  });
  it('says that little moves only once it should have', () => {
    expect(healthWord([at(0, 1), at(0, 0.99)])).toBe('good');
    expect(healthWord([at(0, 1), at(0, 0.99), at(0, 0.99), at(0, 0.98)])).toBe('still');
  });
});

describe('curves', () => {
  const training: TrainingView = {
    jobId: null,
    modelId: 1,
    method: 'byol',
    imagesPerSecond: 10,
    kept: [],
    keptNote: null,
    verdict: null,
    curves: [
      { step: 1, elapsedMs: 60e3, values: { loss: 2 } },
      { step: 2, elapsedMs: 180e3, values: {} },
    ],
    health: [{ ...at(0), elapsedMs: 120e3, rankMe: 33 }],
  };
  it('run over minutes', () => {
    expect(pointsOf(training, 'loss')).toEqual({ x: [1, 3], y: [2, NaN] });
    expect(pointsOf(training, 'rank')).toEqual({ x: [2], y: [33] });
  });
  it('are shown where they were measured', () => {
    expect(shownFigures([training])).toEqual(['loss', 'spread', 'rank', 'agreement']);
    const measured = {
      ...training,
      health: [
        { ...at(0), alphaReq: 1.2 },
        { ...at(0), alphaReq: null },
      ],
    };
    expect(shownFigures([training, measured])).toEqual(['loss', 'spread', 'rank', 'agreement', 'alpha']);
    expect(pointsOf(measured, 'alpha').y).toEqual([1.2, NaN]);
  });
  it('lie over each other on one axis, known in between and nowhere else', () => {
    const { x, values } = overlay([
      { x: [0, 2], y: [0, 4] },
      { x: [1, 3], y: [10, 30] },
    ]);
    expect(x).toEqual([0, 1, 2, 3]);
    expect(values).toEqual([
      [0, 2, 4, NaN],
      [NaN, 10, 20, 30],
    ]);
  });
  it('alone stay as they are', () => {
    expect(overlay([{ x: [1], y: [5] }])).toEqual({ x: [1], values: [[5]] });
    expect(overlay([])).toEqual({ x: [], values: [] });
  });
});

describe('methods', () => {
  const method = (name: string, family: AdaptMethodView['family'], isFirstChoice = false): AdaptMethodView => ({
    ...{ name, family, isFirstChoice, canStandBesideLabels: true },
    ...{ title: name, description: '' },
  });
  it('are those to try first, and the others by family in a fixed order', () => {
    const all = [method('a', 'pretext'), method('b', 'views', true), method('c', 'views'), method('d', 'pretext')];
    const { first, more } = methodGroups(all);
    expect(first.map(({ name }) => name)).toEqual(['b']);
    expect(more.map(({ family, methods }) => [family, ...methods.map(({ name }) => name)])).toEqual([
      ['views', 'c'],
      ['pretext', 'a', 'd'],
    ]);
    const shown = methodGroups(fakeMethods);
    expect([...shown.first, ...shown.more.flatMap(({ methods }) => methods)]).toHaveLength(fakeMethods.length);
  });
});

describe('lineage', () => {
  const made = (id: number, parentId: number | null, createdAt = id): ModelView => ({
    id,
    parentId,
    createdAt,
    name: `M${id}`,
    arch: 'tiny',
    kind: 'adapted',
    method: 'byol',
    px: 96,
    summary: '',
  });
  it('puts children below their parent, the older first', () => {
    const rows = lineageRows([made(4, 1, 9), made(3, 2), made(2, 1), made(1, null)]);
    expect(rows.map(({ model, depth, numChildren }) => [model.id, depth, numChildren])).toEqual([
      [1, 0, 2],
      [2, 1, 1],
      [3, 2, 0],
      [4, 1, 0],
    ]);
  });
  it('keeps a model whose parent was removed', () => {
    expect(lineageRows([made(5, 99)]).map(({ depth }) => depth)).toEqual([0]);
  });
  it('compares two at most', () => {
    expect(toggleChosen([1, 2], 3)).toEqual([2, 3]);
    expect(toggleChosen([1, 2], 1)).toEqual([2]);
  });
});

describe('examples', () => {
  const columns = (clusters: readonly number[], excluded: readonly number[] = []): ImageColumns => {
    const ids = Int32Array.from(clusters, (_, i) => i + 1);
    return {
      ids,
      sourceIds: ids.map(() => 1),
      status: new Uint8Array(ids.length),
      isExcluded: Uint8Array.from(ids, (id) => Number(excluded.includes(id))),
      isTest: new Uint8Array(ids.length),
      classIds: new Int32Array(ids.length),
      predictedIds: new Int32Array(ids.length),
      confidence: new Float32Array(ids.length),
      clusterIds: Int32Array.from(clusters),
    };
  };
  it('come from different clusters where there are some', () => {
    const clusters = Array.from({ length: 200 }, (_, i) => i % 4);
    const found = exampleImages(columns(clusters), 4, 0);
    expect(new Set(found.map((id) => clusters[id - 1])).size).toBe(4);
  });
  it('are as many as wanted with fewer clusters, or none', () => {
    for (const cluster of [-1, 0]) expect(new Set(exampleImages(columns(Array.from({ length: 100 }, () => cluster)), 4, 1)).size).toBe(4);
  });
  it('differ from draw to draw and leave out what is excluded', () => {
    const many = columns(Array.from({ length: 500 }, () => -1));
    expect(exampleImages(many, 4, 0)).not.toEqual(exampleImages(many, 4, 1));
    expect(exampleImages(columns([-1, -1, -1], [1, 2]), 4, 0)).toEqual([3]);
    expect(exampleImages(columns([]), 4, 0)).toEqual([]);
  });
});

describe('a strip of pictures', () => {
  it('gives each its own opaque pixels', () => {
    const strip = { px: 1, count: 2, pixels: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    expect([...rgbaOf(strip, 1)]).toEqual([4, 5, 6, 255]);
  });
});
