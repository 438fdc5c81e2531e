/** Elementwise kernels. They work on broadcastable parts, so what is uniform stays small. */
import { tf } from '../tf.ts';
import type { Value } from '../trace/graph.ts';
import { inputOf, outputOf } from './context.ts';
import type { Lowering, LoweringContext } from './context.ts';

/** Shape of an elementwise result over the parts that are stored, with ranks evened out. */
function jointDims(rank: number, parts: readonly (readonly number[])[]): number[] {
  return parts.reduce<number[]>(
    (joint, dims) => tf.broadcast_util.assertAndGetBroadcastShape(joint, [...dims]),
    Array.from({ length: rank }, () => 1),
  );
}

const unary =
  (emit: (ctx: LoweringContext, x: string, attrs: Readonly<Record<string, unknown>>, value: Value) => string): Lowering =>
  (ctx, step) => {
    const x = ctx.get(inputOf(step, 0));
    ctx.set(outputOf(step), emit(ctx, x.name, step.attrs, inputOf(step, 0)), x.dims);
  };

const direct = (op: string): Lowering => unary((ctx, x) => ctx.graph.node(op, [x]));

const binary =
  (emit: (ctx: LoweringContext, a: string, b: string) => string): Lowering =>
  (ctx, step) => {
    const [a, b] = [ctx.get(inputOf(step, 0)), ctx.get(inputOf(step, 1))];
    const out = outputOf(step);
    ctx.set(out, emit(ctx, a.name, b.name), jointDims(out.shape.length, [a.dims, b.dims]));
  };

const directBinary = (op: string): Lowering => binary((ctx, a, b) => ctx.graph.node(op, [a, b]));

/** The other operand passes through where this one is a known neutral element (gradients multiply by ones a lot). */
const withNeutral =
  (op: string, neutral: number, side: 'both' | 'right'): Lowering =>
  (ctx, step) => {
    const out = outputOf(step);
    for (const [i, j] of side === 'both'
      ? ([
          [0, 1],
          [1, 0],
        ] as const)
      : ([[0, 1]] as const)) {
      const kept = ctx.get(inputOf(step, i));
      const fits = kept.dims.length === out.shape.length;
      if (fits && ctx.uniform(inputOf(step, j)) === neutral) {
        ctx.set(out, kept.name, kept.dims);
        return;
      }
    }
    directBinary(op)(ctx, step);
  };

const scalar = (ctx: LoweringContext, x: number): string => ctx.graph.float32([x], []);

/** A scalar of the other operand's type. */
const scalarLike = (ctx: LoweringContext, like: Value, x: number): string =>
  like.dtype === 'int32' ? ctx.graph.int32([Math.trunc(x)], []) : scalar(ctx, x);

/** ONNX rounds floats only; for int32 the remainder that has the divisor's sign gives the same. */
const floorDiv: Lowering = (ctx, step) =>
  binary((c, a, b) => {
    const isInt = inputOf(step, 0).dtype === 'int32';
    if (isInt) return c.graph.node('Div', [c.graph.node('Sub', [a, c.graph.node('Mod', [a, b])]), b]);
    return c.cast(c.graph.node('Floor', [c.graph.node('Div', [a, b])]), 'int32');
  })(ctx, step);

const mod: Lowering = (ctx, step) =>
  binary((c, a, b) => {
    if (inputOf(step, 0).dtype === 'int32') return c.graph.node('Mod', [a, b]);
    return c.graph.node('Sub', [a, c.graph.node('Mul', [b, c.graph.node('Floor', [c.graph.node('Div', [a, b])])])]);
  })(ctx, step);

/** Comparisons that ONNX lacks for a type are made on float32. */
const comparison =
  (op: string): Lowering =>
  (ctx, step) =>
    binary((c, a, b) => {
      const isBool = inputOf(step, 0).dtype === 'bool' && op !== 'And' && op !== 'Or';
      return c.graph.node(op, isBool ? [c.cast(a, 'int32'), c.cast(b, 'int32')] : [a, b]);
    })(ctx, step);

const not = (ctx: LoweringContext, x: string): string => ctx.graph.node('Not', [x]);

const cast: Lowering = (ctx, step) => {
  const input = inputOf(step, 0);
  const bytes = ctx.bytes(input);
  if (bytes !== undefined && outputOf(step).dtype === 'float32') {
    ctx.set(outputOf(step), ctx.cast(bytes, 'float32'));
    return;
  }
  const x = ctx.get(input);
  const to = outputOf(step).dtype;
  if (input.dtype === to) {
    ctx.set(outputOf(step), x.name, x.dims);
    return;
  }
  // Casting float to bool in ONNX and in tfjs both mean "is not zero"; float to int truncates in both.
  ctx.set(outputOf(step), ctx.cast(x.name, to), x.dims);
};

const select: Lowering = (ctx, step) => {
  const out = outputOf(step);
  const rank = out.shape.length;
  const [condition, t, e] = [ctx.get(inputOf(step, 0)), ctx.get(inputOf(step, 1)), ctx.get(inputOf(step, 2))];
  // tfjs lets a vector choose whole rows of higher-rank tensors.
  const short = condition.dims.length < rank;
  const dims = short ? [...condition.dims, ...Array.from({ length: rank - condition.dims.length }, () => 1)] : condition.dims;
  const name = short ? ctx.reshape(condition.name, dims) : condition.name;
  ctx.set(out, ctx.graph.node('Where', [name, t.name, e.name]), jointDims(rank, [dims, t.dims, e.dims]));
};

const addN: Lowering = (ctx, step) => {
  const parts = step.inputs.map((input) => ctx.get(input));
  const out = outputOf(step);
  const names = parts.map((p) => p.name);
  ctx.set(
    out,
    // ONNX sums many tensors at once only where they hold floats.
    out.dtype === 'float32' ? ctx.graph.node('Sum', names) : names.reduce((a, b) => ctx.graph.node('Add', [a, b])),
    jointDims(
      out.shape.length,
      parts.map((p) => p.dims),
    ),
  );
};

const fusedBatchNorm: Lowering = (ctx, step) => {
  const named = (name: string): string | undefined => {
    const i = step.names.indexOf(name);
    return i < 0 ? undefined : ctx.get(inputOf(step, i)).name;
  };
  const x = inputOf(step, 0);
  const eps = (step.attrs.varianceEpsilon as number | undefined) ?? 0.001;
  const g = ctx.graph;
  const std = g.node('Sqrt', [g.node('Add', [named('variance') ?? '', scalar(ctx, eps)])]);
  const scale = g.node('Div', [named('scale') ?? scalar(ctx, 1), std]);
  const centred = g.node('Sub', [ctx.full(x), named('mean') ?? '']);
  const scaled = g.node('Mul', [centred, scale]);
  const offset = named('offset');
  ctx.set(outputOf(step), offset === undefined ? scaled : g.node('Add', [scaled, offset]));
};

const filled =
  (x: number): Lowering =>
  (ctx, step) => {
    const out = outputOf(step);
    const dims = out.shape.map(() => 1);
    const name =
      out.dtype === 'float32'
        ? ctx.graph.float32([x], dims)
        : out.dtype === 'int32'
          ? ctx.graph.int32([x], dims)
          : ctx.graph.bool(Uint8Array.of(x), dims);
    ctx.set(out, name, dims);
  };

/** Lowerings by kernel name. */
export const elementwise: Readonly<Record<string, Lowering>> = {
  Abs: direct('Abs'),
  Ceil: direct('Ceil'),
  Cos: direct('Cos'),
  Cosh: direct('Cosh'),
  Erf: direct('Erf'),
  Exp: direct('Exp'),
  Floor: direct('Floor'),
  Log: direct('Log'),
  Neg: direct('Neg'),
  Reciprocal: direct('Reciprocal'),
  Relu: direct('Relu'),
  Round: unary((ctx, x, _, value) => (value.dtype === 'int32' ? x : ctx.graph.node('Round', [x]))),
  Sigmoid: direct('Sigmoid'),
  Sign: direct('Sign'),
  Sin: direct('Sin'),
  Sinh: direct('Sinh'),
  Softplus: direct('Softplus'),
  Sqrt: direct('Sqrt'),
  Tan: direct('Tan'),
  Tanh: direct('Tanh'),
  Elu: direct('Elu'),
  Selu: direct('Selu'),
  LogicalNot: direct('Not'),
  Identity: unary((_, x) => x),
  Square: unary((ctx, x) => ctx.graph.node('Mul', [x, x])),
  Rsqrt: unary((ctx, x) => ctx.graph.node('Reciprocal', [ctx.graph.node('Sqrt', [x])])),
  Relu6: unary((ctx, x) => ctx.graph.node('Clip', [x, scalar(ctx, 0), scalar(ctx, 6)])),
  LeakyRelu: unary((ctx, x, attrs) => ctx.graph.node('LeakyRelu', [x], { alpha: { float: attrs.alpha as number } })),
  ClipByValue: unary((ctx, x, attrs, value) =>
    ctx.graph.node('Clip', [x, scalarLike(ctx, value, attrs.clipValueMin as number), scalarLike(ctx, value, attrs.clipValueMax as number)]),
  ),
  Step: unary((ctx, x, attrs) => {
    const positive = ctx.graph.node('Greater', [x, scalar(ctx, 0)]);
    const alpha = (attrs.alpha as number | undefined) ?? 0;
    return alpha === 0 ? ctx.cast(positive, 'float32') : ctx.graph.node('Where', [positive, scalar(ctx, 1), scalar(ctx, alpha)]);
  }),
  IsNan: direct('IsNaN'),
  IsInf: direct('IsInf'),
  IsFinite: unary((ctx, x) => {
    const g = ctx.graph;
    return not(ctx, g.node('Or', [g.node('IsNaN', [x]), g.node('IsInf', [x])]));
  }),
  Cast: cast,
  ZerosLike: filled(0),
  OnesLike: filled(1),
  Fill: (ctx, step) => filled(step.attrs.value as number)(ctx, step),
  Add: withNeutral('Add', 0, 'both'),
  Sub: withNeutral('Sub', 0, 'right'),
  Multiply: withNeutral('Mul', 1, 'both'),
  RealDiv: withNeutral('Div', 1, 'right'),
  Maximum: directBinary('Max'),
  Minimum: directBinary('Min'),
  Pow: directBinary('Pow'),
  FloorDiv: floorDiv,
  Mod: mod,
  SquaredDifference: binary((ctx, a, b) => {
    const difference = ctx.graph.node('Sub', [a, b]);
    return ctx.graph.node('Mul', [difference, difference]);
  }),
  Prelu: directBinary('PRelu'),
  EluGrad: binary((ctx, dy, y) => {
    const g = ctx.graph;
    return g.node('Mul', [dy, g.node('Add', [g.node('Min', [y, scalar(ctx, 0)]), scalar(ctx, 1)])]);
  }),
  Equal: comparison('Equal'),
  NotEqual: (ctx, step) => {
    comparison('Equal')(ctx, step);
    const equal = ctx.get(outputOf(step));
    ctx.set(outputOf(step), not(ctx, equal.name), equal.dims);
  },
  Greater: comparison('Greater'),
  GreaterEqual: comparison('GreaterOrEqual'),
  Less: comparison('Less'),
  LessEqual: comparison('LessOrEqual'),
  LogicalAnd: comparison('And'),
  LogicalOr: comparison('Or'),
  AddN: addN,
  Select: select,
  FusedBatchNorm: fusedBatchNorm,
};
