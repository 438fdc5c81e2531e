import { describe, it } from 'vitest';
import { checkCase } from '../oracle.ts';
import { reduceCases } from './reduce-cases.ts';

describe('agrees with the cpu backend, forward and backward', () => {
  it.each(reduceCases)('$name', checkCase);
});
