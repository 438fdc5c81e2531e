/** The networks that benchmarks start from. */
import { readFileSync } from 'node:fs';
import { AppError } from '../../electron/contract/errors.ts';
import { loadBase } from '../../electron/nn/base-model.ts';
import type { Network } from '../../electron/nn/network.ts';
import { networkFor } from '../../electron/nn/registry.ts';
import type { HostTensors } from '../../electron/tensor/program.ts';

export interface BaseWeights {
  readonly network: Network;
  readonly parameters: HostTensors;
}

/** A weights file, or `scratch:<architecture>` for random weights. Throws `not-found` where the file cannot be read. */
export function loadWeights(base: string): BaseWeights {
  if (base.startsWith('scratch:')) {
    const network = networkFor(base.slice('scratch:'.length));
    return { network, parameters: network.init(0) };
  }
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(base);
  } catch (cause) {
    throw new AppError('not-found', `The weights ${base} cannot be read. Give a safetensors file, or scratch:<architecture>.`, { cause });
  }
  const { network, parameters } = loadBase(bytes);
  return { network, parameters };
}
