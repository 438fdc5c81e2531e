/** From a traced graph to an ONNX graph. */
import { AppError } from '../../contract/errors.ts';
import { formatShape, reachableSteps } from '../trace/graph.ts';
import type { Value } from '../trace/graph.ts';
import { arrangement } from './arrange.ts';
import { LoweringContext } from './context.ts';
import type { Lowering, LoweringTarget } from './context.ts';
import { convolutions } from './conv.ts';
import { elementwise } from './elementwise.ts';
import { products } from './matmul.ts';
import { pooling } from './pool.ts';
import { reductions } from './reduce.ts';

const lowerings: Readonly<Record<string, Lowering | undefined>> = {
  ...elementwise,
  ...reductions,
  ...arrangement,
  ...products,
  ...convolutions,
  ...pooling,
};

/** Every kernel with a lowering. */
export const LOWERED_KERNELS: readonly string[] = Object.keys(lowerings);

/**
 * Lowers everything `outputs` depend on. `bind` names the graph's inputs in the context before lowering starts.
 * Throws `AppError('unsupported')` naming a kernel that has no lowering, the operation that asked for it and its shapes.
 */
export function lowerGraph(outputs: readonly Value[], target: LoweringTarget, bind: (ctx: LoweringContext) => void): LoweringContext {
  const ctx = new LoweringContext(target);
  bind(ctx);
  for (const step of reachableSteps(outputs)) {
    const lower = lowerings[step.kernel];
    if (lower === undefined) {
      const shapes = step.inputs.map((v, i) => `${step.names[i] ?? ''} ${formatShape(v.shape)}`).join(', ');
      throw new AppError('unsupported', `kernel ${step.kernel} has no lowering to ONNX (asked for by ${step.op} with ${shapes})`, {
        details: { kernel: step.kernel, op: step.op },
      });
    }
    lower(ctx, step);
  }
  return ctx;
}
