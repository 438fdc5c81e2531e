import { describe, expect, test } from 'vitest';
import { outward, sortedClusters, withLabels } from '../../../renderer/views/explore/cluster-facts.ts';
import { keptOf, openGroups, spareCopies } from '../../../renderer/views/explore/duplicate-plan.ts';
import { mapChoices, newestMap } from '../../../renderer/views/explore/map-choice.ts';
import { originsIn, positionsById } from '../../../renderer/views/explore/map-points.ts';
import { previewPlace } from '../../../renderer/views/explore/preview-place.ts';
import { Slots } from '../../../renderer/lib/webgl/slots.ts';

const none = { medoids: [], labels: [], numLabelled: 0, purity: null };
const clusters = [
  { ...none, id: 0, size: 2, looseness: 1.5 },
  { ...none, id: 1, size: 3, looseness: 0.9 },
];

describe('clusters', () => {
  const fresh = withLabels(
    { clusters, clusterIds: Int32Array.of(0, 0, 1, 1, 1) },
    { classIds: Int32Array.of(5, 0, 5, 6, 6) },
    Int32Array.of(0, 1, 2, 3, 4),
  );
  test('count labels as they are now', () => {
    expect(fresh[0]).toMatchObject({ numLabelled: 1, purity: 1, labels: [{ classId: 5, count: 1 }] });
    expect(fresh[1]).toMatchObject({
      numLabelled: 3,
      labels: [
        { classId: 6, count: 2 },
        { classId: 5, count: 1 },
      ],
    });
    expect(fresh[1]?.purity).toBeCloseTo(2 / 3);
  });
  test('are sorted', () => {
    const order = (by: Parameters<typeof sortedClusters>[1]): number[] => sortedClusters(fresh, by).map(({ id }) => id);
    expect(order('size')).toEqual([1, 0]);
    expect(order('unlabelled')).toEqual([0, 1]);
    expect(order('mixed')).toEqual([1, 0]);
    expect(order('loose')).toEqual([0, 1]);
  });
  test('are walked outward: by likeness, then by the map', () => {
    const map = { ids: Int32Array.of(10, 11, 12, 13), x: Float32Array.of(0, 3, 1, 2), y: new Float32Array(4) };
    expect(outward(map, [0, 1, 2, 3], 10, Int32Array.of(11))).toEqual([10, 11, 12, 13]);
  });
});

describe('duplicates', () => {
  const excluded = new Set([4]);
  const labelled = new Set([3]);
  const standing = (id: number): { isExcluded: boolean; isLabelled: boolean } => ({
    isExcluded: excluded.has(id),
    isLabelled: labelled.has(id),
  });
  const groups = [
    { imageIds: [1, 2, 3], isExact: true, isConflicting: false },
    { imageIds: [4, 5], isExact: true, isConflicting: false },
    { imageIds: [6, 7], isExact: true, isConflicting: true },
    { imageIds: [8, 9], isExact: false, isConflicting: false },
  ];
  test('a labelled one is kept, settled groups go, conflicts and near copies are left to people', () => {
    expect(keptOf(groups[0]!, standing)).toBe(3);
    expect(openGroups(groups, standing).map(({ imageIds }) => imageIds[0])).toEqual([1, 6, 8]);
    expect(spareCopies(groups, standing)).toEqual([1, 2]);
  });
});

describe('maps', () => {
  const map = { px: 160, numImages: 4, isStale: false };
  const model = { arch: 'a', parentId: null, method: 'm', px: 160, createdAt: 0, summary: '' };
  const models = [
    { ...model, id: 1, name: 'net', kind: 'base' as const },
    { ...model, id: 2, name: 'net + byol', kind: 'adapted' as const },
    { ...model, id: 3, name: 'net + diet', kind: 'adapted' as const },
  ];
  test('two are named by what they are for, more by their models', () => {
    const two = mapChoices({
      models,
      maps: [
        { ...map, modelId: 2, createdAt: 5 },
        { ...map, modelId: 1, createdAt: 9 },
      ],
    });
    expect(two.map(({ label }) => label)).toEqual(['Before adapting', 'Adapted']);
    expect(newestMap(two)?.modelId).toBe(1);
    const three = mapChoices({ models, maps: [1, 2, 3].map((modelId) => ({ ...map, modelId, createdAt: 1 })) });
    expect(three.map(({ label }) => label)).toEqual(['net', 'net + byol', 'net + diet']);
  });
  test('points are matched by image', () => {
    const before = { ids: Int32Array.of(1, 2), x: Float32Array.of(0.1, 0.2), y: Float32Array.of(0.3, 0.4) };
    const after = { ids: Int32Array.of(2, 3), x: Float32Array.of(0.5, 0.6), y: Float32Array.of(0.7, 0.8) };
    expect([...originsIn(before, after)]).toEqual([...Float32Array.of(0.2, 0.4, 0.6, 0.8)]);
  });
  test('ids far apart are found too', () => {
    const find = positionsById(Int32Array.of(5, 2_000_000_000));
    expect([find(5), find(2_000_000_000), find(6)]).toEqual([0, 1, -1]);
  });
});

test('the preview is whole inside the map and never under the pointer', () => {
  const area = { width: 500, height: 400 };
  const preview = { width: 200, height: 280 };
  for (let x = 0; x <= 500; x += 20) {
    for (let y = 0; y <= 400; y += 20) {
      const place = previewPlace({ x, y }, preview, area);
      expect(place.x).toBeGreaterThanOrEqual(0);
      expect(place.x + preview.width).toBeLessThanOrEqual(area.width);
      expect(place.y + preview.height).toBeLessThanOrEqual(area.height);
      const isUnder = x >= place.x && x <= place.x + preview.width && y >= place.y && y <= place.y + preview.height;
      expect(isUnder).toBe(false);
    }
  }
});

test('slots: the one used least recently makes room', () => {
  const slots = new Slots(2);
  expect(slots.put(1)).toEqual({ slot: 0, evicted: null });
  expect(slots.put(2)).toEqual({ slot: 1, evicted: null });
  expect(slots.get(1)).toBe(0);
  expect(slots.put(3)).toEqual({ slot: 1, evicted: 2 });
  expect(slots.get(2)).toBeUndefined();
});
