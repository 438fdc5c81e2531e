import { describe, it } from 'vitest';
import { checkCase } from '../oracle.ts';
import { arrangeCases } from './arrange-cases.ts';

describe('agrees with the cpu backend, forward and backward', () => {
  it.each(arrangeCases)('$name', checkCase);
});
