import { describe, it } from 'vitest';
import { checkCase } from '../oracle.ts';
import { elementwiseCases } from './elementwise-cases.ts';

describe('agrees with the cpu backend, forward and backward', () => {
  it.each(elementwiseCases)('$name', checkCase);
});
