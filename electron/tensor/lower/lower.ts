/** From a traced graph to an ONNX graph. */
import { AppError } from '../../contract/errors.ts';
import { formatShape, reachableSteps } from '../trace/graph.ts';
import type { Step, Value } from '../trace/graph.ts';
import { arrangement } from './arrange.ts';
import { LoweringContext, outputOf } from './context.ts';
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

/** Tells all numbers apart, also -0 from 0. */
function exactText(x: number): string {
  return Object.is(x, -0) ? '-0' : String(x);
}

/** Tells all attributes apart: JSON alone writes NaN and both infinities as null. */
function attributesKey(attrs: Step['attrs']): string {
  return JSON.stringify(attrs, (_, value: unknown) => (typeof value === 'number' ? exactText(value) : value));
}

/**
 * Finds steps that repeat an earlier one on the same values, so that they are computed once. A custom gradient's backward pass
 * recomputes what its forward pass had, since tfjs gives it no other way to share.
 */
class RepeatFinder {
  readonly #steps = new Map<string, Step>();
  readonly #ids = new Map<Value, string>();

  #id(value: Value): string {
    const known = this.#ids.get(value);
    if (known !== undefined) return known;
    const { source } = value;
    const small = source.kind === 'constant' && source.data.length <= 16;
    return small ? `${value.dtype}${formatShape(value.shape)}${Array.from(source.data, exactText).join()}` : String(value.id);
  }

  find(step: Step): Step | undefined {
    const key = `${step.kernel}(${step.inputs.map((v, i) => `${step.names[i] ?? ''}=${this.#id(v)}`).join(';')})${attributesKey(step.attrs)}`;
    const earlier = this.#steps.get(key);
    if (earlier === undefined) this.#steps.set(key, step);
    else step.outputs.forEach((out, i) => this.#ids.set(out, this.#id(outputOf(earlier, i))));
    return earlier;
  }
}

/**
 * Lowers everything `outputs` depend on. `bind` names the graph's inputs in the context before lowering starts.
 * Throws `AppError('unsupported')` naming a kernel that has no lowering, the operation that asked for it and its shapes.
 */
export function lowerGraph(outputs: readonly Value[], target: LoweringTarget, bind: (ctx: LoweringContext) => void): LoweringContext {
  const ctx = new LoweringContext(target);
  bind(ctx);
  const repeats = new RepeatFinder();
  for (const step of reachableSteps(outputs)) {
    const earlier = repeats.find(step);
    if (earlier !== undefined) {
      step.outputs.forEach((out, i) => ctx.alias(out, outputOf(earlier, i)));
      continue;
    }
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
