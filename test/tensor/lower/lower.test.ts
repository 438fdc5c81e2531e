import { describe, expect, it } from 'vitest';
import { LOWERED_KERNELS } from '../../../electron/tensor/lower/lower.ts';
import type { Tensors } from '../../../electron/tensor/program.ts';
import { trace } from '../../../electron/tensor/trace/backend.ts';
import type { TraceInput } from '../../../electron/tensor/trace/backend.ts';
import { reachableSteps } from '../../../electron/tensor/trace/graph.ts';
import { TRACED_KERNELS } from '../../../electron/tensor/trace/shapes.ts';
import { caseProgram } from '../oracle.ts';
import type { Case } from '../oracle.ts';
import { allCases } from './cases.ts';

/** The kernels that a case's outputs and gradients depend on. */
function kernelsOf(test: Case): string[] {
  const program = caseProgram(test, false);
  const inputs = Object.fromEntries(
    Object.entries(test.inputs).map(([name, { dtype, shape }]): [string, TraceInput] => [
      name,
      { dtype: dtype === 'float32' ? dtype : 'int32', shape },
    ]),
  );
  const traced = trace(inputs, (given: Tensors) => program.run({}, given).outputs);
  return reachableSteps(Object.values(traced.outputs)).map((step) => step.kernel);
}

describe('lowerings', () => {
  it('exist for exactly the kernels that can be traced', () => {
    expect([...LOWERED_KERNELS].sort()).toEqual([...TRACED_KERNELS].sort());
  });

  it('are each exercised by some case', () => {
    const seen = new Set(allCases.flatMap(kernelsOf));
    expect(LOWERED_KERNELS.filter((kernel) => !seen.has(kernel))).toEqual([]);
  });

  it('are tested by cases with names of their own', () => {
    const names = allCases.map((test) => test.name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});
