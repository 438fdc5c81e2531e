import { describe, it } from 'vitest';
import { checkCase } from '../oracle.ts';
import { convCases } from './conv-cases.ts';

describe('agrees with the cpu backend, forward and backward', () => {
  it.each(convCases)('$name', checkCase);
});
