import { describe, expect, test } from 'vitest';
import { colour, flagsOf, pointFlags } from '../../../renderer/views/explore/colouring.ts';
import type { ColourMode } from '../../../renderer/views/explore/colouring.ts';
import { unlabelledColor } from '../../../renderer/ui/palette.ts';

const cluster = { size: 0, medoids: [], labels: [], numLabelled: 0, purity: null, looseness: 1 };
const input = {
  map: {
    ids: Int32Array.of(1, 2, 3, 9),
    clusterIds: Int32Array.of(0, 1, 1, -1),
    clusters: [
      { ...cluster, id: 0, size: 1 },
      { ...cluster, id: 1, size: 2 },
    ],
  },
  columnAt: Int32Array.of(0, 1, 2, -1),
  columns: {
    ids: Int32Array.of(1, 2, 3),
    sourceIds: Int32Array.of(1, 1, 1),
    status: new Uint8Array(3),
    isExcluded: new Uint8Array(3),
    isTest: new Uint8Array(3),
    classIds: Int32Array.of(7, 0, 7),
    predictedIds: Int32Array.of(7, 7, 0),
    confidence: Float32Array.of(1, 0.42, NaN),
    clusterIds: Int32Array.of(0, 1, 1),
  },
  project: {
    classes: [{ id: 7, name: 'Lion', colour: '#112233', key: '1', numLabels: 2 }],
    sources: [{ id: 1, path: '/photos/2024/', isPresent: true, numImages: 3 }],
  },
};
const legend = (mode: ColourMode): [string, number][] => colour(mode, input).entries.map(({ label, count }) => [label, count]);
const colorOf = (mode: ColourMode, i: number): string | undefined => {
  const { categories, palette } = colour(mode, input);
  return palette[categories[i]!];
};

describe('colouring', () => {
  test('by cluster: largest first, images without one last', () => {
    expect(legend('cluster')).toEqual([
      ['Cluster 2', 2],
      ['Cluster 1', 1],
      ['No cluster', 1],
    ]);
  });
  test('by class: an image that is gone has none', () => {
    expect(legend('class')).toEqual([
      ['Lion', 2],
      ['Unlabelled', 2],
    ]);
    expect(colorOf('class', 0)).toBe('#112233');
    expect(colorOf('class', 1)).toBe(unlabelledColor);
    expect(colorOf('class', 3)).toBe(unlabelledColor);
  });
  test('by prediction and folder', () => {
    expect(legend('prediction')).toEqual([
      ['Lion', 2],
      ['No prediction', 2],
    ]);
    expect(legend('source')).toEqual([
      ['2024', 3],
      ['No longer there', 1],
    ]);
  });
  test('by confidence: in fifths, the surest first', () => {
    expect(legend('confidence')).toEqual([
      ['80–100 %', 1],
      ['40–60 %', 1],
      ['No prediction', 2],
    ]);
    expect(colorOf('confidence', 2)).toBe(unlabelledColor);
  });
  test('every category belongs to exactly one line of the legend, which counts all points', () => {
    for (const mode of ['cluster', 'class', 'prediction', 'confidence', 'source'] as const) {
      const { entries, categories } = colour(mode, input);
      expect(entries.reduce((sum, { count }) => sum + count, 0)).toBe(4);
      for (const category of categories) expect(entries.filter((entry) => entry.categories.includes(category))).toHaveLength(1);
    }
  });
});

test('flags: selected beside dimmed', () => {
  const flags = flagsOf({
    length: 4,
    selected: [0, 1],
    categories: Uint16Array.of(0, 1, 1, 0),
    isolated: new Set([1]),
    clusterIds: Int32Array.of(0, 0, 0, 0),
    highlightedCluster: null,
    isExcluded: (i) => i === 2,
  });
  expect([...flags]).toEqual([pointFlags.selected | pointFlags.dimmed, pointFlags.selected, pointFlags.dimmed, pointFlags.dimmed]);
});
