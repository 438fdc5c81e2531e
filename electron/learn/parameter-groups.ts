/** Which parameters are trained together, with one learning rate and one weight decay. */
import type { Network, ParameterSpec } from '../nn/network.ts';
import { packLayout, type PackLayout } from './pack.ts';

export interface ParameterGroup {
  /** The name of its vector in a program's state: `backbone.weight`, `projector.plain`. */
  readonly name: string;
  readonly part: string;
  readonly layout: PackLayout;
  readonly learningRate: number;
  readonly weightDecay: number;
}

export interface PartSettings {
  readonly part: string;
  readonly specs: Readonly<Record<string, ParameterSpec>>;
  readonly learningRate: number;
  readonly weightDecay: number;
}

/** One group of the part's weights, which decay, and one of its biases, scales and shifts, which do not; empty ones are left out. */
export function parameterGroups({ part, specs, learningRate, weightDecay }: PartSettings): ParameterGroup[] {
  const names = Object.keys(specs).filter((name) => specs[name]?.kind !== 'statistic');
  const groups = [
    { suffix: 'weight', weightDecay, names: names.filter((name) => specs[name]?.kind === 'weight') },
    { suffix: 'plain', weightDecay: 0, names: names.filter((name) => specs[name]?.kind !== 'weight') },
  ];
  return groups
    .filter((group) => group.names.length > 0)
    .map((group) => ({
      name: `${part}.${group.suffix}`,
      part,
      layout: packLayout(specs, group.names),
      learningRate,
      weightDecay: group.weightDecay,
    }));
}

/** What of a network is trained: everything, or only the scales and shifts of its normalisations (HPT-BN, Reed et al. 2021). */
export type Trainable = 'all' | 'norm';

/** The parameters that the features depend on, divided by how a run treats them. */
export interface BackboneDivision {
  readonly trained: Readonly<Record<string, ParameterSpec>>;
  readonly statistics: Readonly<Record<string, ParameterSpec>>;
  readonly fixed: readonly string[];
}

/** Divides a network's parameters; with `frozenStatistics` the running statistics are fixed too. */
export function divideBackbone(network: Network, trainable: Trainable, frozenStatistics: boolean): BackboneDivision {
  const used = Object.entries(network.parameters).filter(([, spec]) => spec.classifier !== true);
  const isStatistic = (spec: ParameterSpec): boolean => !frozenStatistics && spec.kind === 'statistic';
  const isTrained = (spec: ParameterSpec): boolean => spec.kind !== 'statistic' && (trainable === 'all' || spec.kind === 'norm');
  return {
    trained: Object.fromEntries(used.filter(([, spec]) => isTrained(spec))),
    statistics: Object.fromEntries(used.filter(([, spec]) => isStatistic(spec))),
    fixed: used.filter(([, spec]) => !isTrained(spec) && !isStatistic(spec)).map(([name]) => name),
  };
}
