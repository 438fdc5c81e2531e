/** Matrix products. */
import { inputOf, outputOf } from './context.ts';
import type { Lowering, LoweringContext } from './context.ts';

/** Product of two matrices, either transposed: Gemm reads a transposed operand in place where MatMul would copy it. */
export function product(ctx: LoweringContext, a: string, b: string, transA: boolean, transB: boolean): string {
  if (!transA && !transB) return ctx.graph.node('MatMul', [a, b]);
  return ctx.graph.node('Gemm', [a, b], { transA: transA ? 1 : 0, transB: transB ? 1 : 0 });
}

const batchMatMul: Lowering = (ctx, step) => {
  const [a, b] = [inputOf(step, 0), inputOf(step, 1)];
  const [transA, transB] = [step.attrs.transposeA === true, step.attrs.transposeB === true];
  const out = outputOf(step);
  const matrixOf = (shape: readonly number[]): number[] => shape.slice(-2);
  const single = [a, b].every((v) => v.shape.slice(0, -2).every((d) => d === 1));
  if (single) {
    const [x, y] = [a, b].map((v) => (v.shape.length === 2 ? ctx.full(v) : ctx.reshape(ctx.full(v), matrixOf(v.shape))));
    const result = product(ctx, x as string, y as string, transA, transB);
    ctx.set(out, out.shape.length === 2 ? result : ctx.reshape(result, out.shape));
    return;
  }
  const oriented = (name: string, rank: number, swap: boolean): string => {
    if (!swap) return name;
    const perm = Array.from({ length: rank }, (_, i) => i);
    return ctx.transpose(name, [...perm.slice(0, -2), rank - 1, rank - 2]);
  };
  ctx.set(out, ctx.graph.node('MatMul', [oriented(ctx.full(a), a.shape.length, transA), oriented(ctx.full(b), b.shape.length, transB)]));
};

export const products: Readonly<Record<string, Lowering>> = { BatchMatMul: batchMatMul };
