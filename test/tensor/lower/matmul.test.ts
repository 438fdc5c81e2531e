import { describe, it } from 'vitest';
import { checkCase } from '../oracle.ts';
import { matmulCases } from './matmul-cases.ts';

describe('agrees with the cpu backend, forward and backward', () => {
  it.each(matmulCases)('$name', checkCase);
});
