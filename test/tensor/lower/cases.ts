/** Every case, by family. */
import type { Case } from '../oracle.ts';
import { arrangeCases } from './arrange-cases.ts';
import { convCases } from './conv-cases.ts';
import { elementwiseCases } from './elementwise-cases.ts';
import { matmulCases } from './matmul-cases.ts';
import { poolCases } from './pool-cases.ts';
import { reduceCases } from './reduce-cases.ts';

export const allCases: readonly Case[] = [...elementwiseCases, ...reduceCases, ...arrangeCases, ...matmulCases, ...convCases, ...poolCases];
