import { describe, expect, it } from 'vitest';
import { divideBackbone, parameterGroups } from '../../electron/learn/parameter-groups.ts';
import type { Network } from '../../electron/nn/network.ts';
import { tiny } from '../../electron/nn/tiny.ts';

describe('parameterGroups', () => {
  it('decays weights, but neither biases nor normalisations, and trains no statistic', () => {
    const specs = {
      filter: { shape: [3, 3, 2, 4], kind: 'weight' },
      bias: { shape: [4], kind: 'bias' },
      scale: { shape: [4], kind: 'norm' },
      mean: { shape: [4], kind: 'statistic' },
    } as const;
    const groups = parameterGroups({ part: 'head', specs, learningRate: 0.1, weightDecay: 0.05 });
    expect(groups.map(({ name, weightDecay, layout }) => [name, weightDecay, layout.size])).toEqual([
      ['head.weight', 0.05, 72],
      ['head.plain', 0, 8],
    ]);
  });

  it('makes no empty group', () => {
    const specs = { scale: { shape: [4], kind: 'norm' } } as const;
    expect(parameterGroups({ part: 'head', specs, learningRate: 1, weightDecay: 0 }).map(({ name }) => name)).toEqual(['head.plain']);
  });
});

describe('divideBackbone', () => {
  const base = tiny();
  const network: Network = {
    ...base,
    parameters: { ...base.parameters, classifier: { shape: [48, 10], kind: 'weight', classifier: true } },
  };
  const kinds = (names: readonly string[]): Set<string> => new Set(names.map((name) => network.parameters[name]!.kind));

  it('leaves out what the features do not depend on', () => {
    const { trained, statistics, fixed } = divideBackbone(network, 'all', false);
    expect([...Object.keys(trained), ...Object.keys(statistics), ...fixed].sort()).toEqual(Object.keys(base.parameters).sort());
    expect(fixed).toEqual([]);
  });

  it('fixes the weights when only normalisations are trained, and the statistics when they are frozen', () => {
    const norms = divideBackbone(network, 'norm', false);
    expect(kinds(Object.keys(norms.trained))).toEqual(new Set(['norm']));
    expect(kinds(norms.fixed)).toEqual(new Set(['weight']));
    const frozen = divideBackbone(network, 'all', true);
    expect(frozen.statistics).toEqual({});
    expect(kinds(frozen.fixed)).toEqual(new Set(['statistic']));
  });
});
