import { describe, it } from 'vitest';
import { checkCase } from '../oracle.ts';
import { poolCases } from './pool-cases.ts';

describe('agrees with the cpu backend, forward and backward', () => {
  it.each(poolCases)('$name', checkCase);
});
