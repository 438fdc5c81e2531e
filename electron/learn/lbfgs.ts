/** Limited-memory BFGS with a strong-Wolfe line search, over plain arrays (Nocedal and Wright, Numerical Optimization, 2nd edition). */

/** Writes the gradient at `x` into `gradient` and returns the value there. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

export interface MinimiseOptions {
  /** Stop once the gradient's Euclidean norm is at most this. */
  readonly tolerance?: number;
  readonly maxIterations?: number;
  /** How many curvature pairs are remembered. */
  readonly memory?: number;
}

export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradientNorm: number;
  readonly numIterations: number;
  readonly numEvaluations: number;
  /** 'stalled': no step lowers the value any more at this precision. */
  readonly reason: 'converged' | 'iterations' | 'stalled';
}

interface Point {
  readonly step: number;
  readonly value: number;
  /** Directional derivative along the search direction. */
  readonly slope: number;
  readonly x: Float64Array;
  readonly gradient: Float64Array;
}

/** Sufficient decrease and curvature constants of the Wolfe conditions, as the book advises for quasi-Newton methods. */
const c1 = 1e-4;
const c2 = 0.9;
const maxTrials = 25;

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** y += scale * x, in place. */
function addScaled(y: Float64Array, scale: number, x: Float64Array): void {
  for (let i = 0; i < y.length; i++) y[i] = (y[i] as number) + scale * (x[i] as number);
}

/** Minimiser of the cubic through both values and slopes (eq. 3.59), kept off the ends of the bracket; the middle where it has none. */
function cubicStep(a: Point, b: Point): number {
  const low = Math.min(a.step, b.step);
  const width = Math.abs(b.step - a.step);
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.step - b.step);
  const square = d1 * d1 - a.slope * b.slope;
  const d2 = Math.sign(b.step - a.step) * Math.sqrt(square);
  const step = b.step - (b.step - a.step) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2));
  if (!Number.isFinite(step)) return low + width / 2;
  return Math.min(low + 0.9 * width, Math.max(low + 0.1 * width, step));
}

/** A point on the ray that meets the strong Wolfe conditions (algorithms 3.5 and 3.6), or the best decrease found, or null. */
function searchLine(evaluate: (step: number) => Point, start: Point, firstStep: number): Point | null {
  const decreases = (p: Point): boolean => p.value <= start.value + c1 * p.step * start.slope;
  const isFlat = (p: Point): boolean => Math.abs(p.slope) <= -c2 * start.slope;
  // Near the minimum values differ by rounding alone, and the slope has to decide (the idea of Hager and Zhang 2005, eq. 4.1).
  const isSettled = (p: Point): boolean => isFlat(p) && p.value <= start.value + 8 * Number.EPSILON * Math.abs(start.value);

  let trials = 0;
  const zoom = (low: Point, high: Point): Point | null => {
    while (trials++ < maxTrials) {
      const p = evaluate(cubicStep(low, high));
      if (isSettled(p)) return p;
      if (!decreases(p) || p.value >= low.value) {
        high = p;
      } else {
        if (p.slope * (high.step - low.step) >= 0) high = low;
        low = p;
      }
      if (Math.abs(high.step - low.step) <= 1e-14 * Math.max(high.step, low.step)) break;
    }
    return low.value < start.value ? low : null;
  };

  let previous = start;
  let step = firstStep;
  while (trials++ < maxTrials) {
    const p = evaluate(step);
    // A value that is not finite brackets from above like one that is too high.
    if (!Number.isFinite(p.value)) {
      step = previous.step + (step - previous.step) / 10;
      continue;
    }
    if (isSettled(p)) return p;
    if (!decreases(p) || (previous !== start && p.value >= previous.value)) return zoom(previous, p);
    if (p.slope >= 0) return zoom(p, previous);
    previous = p;
    step *= 2;
  }
  return previous === start ? null : previous;
}

/**
 * Minimises a smooth function from `x0` by L-BFGS (algorithms 7.4 and 7.5). `x0` is left as it is.
 * The result says why it stopped; nothing is thrown, so a caller that needs convergence looks at `reason`.
 */
export function minimise(objective: Objective, x0: Float64Array, options: MinimiseOptions = {}): Minimum {
  const { tolerance = 1e-6, maxIterations = 200, memory = 10 } = options;
  let numEvaluations = 0;
  const evaluateAt = (x: Float64Array, gradient: Float64Array): number => {
    numEvaluations++;
    return objective(x, gradient);
  };

  let x: Float64Array = x0.slice();
  let gradient: Float64Array = new Float64Array(x.length);
  let value = evaluateAt(x, gradient);
  const pairs: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  const result = (reason: Minimum['reason'], numIterations: number): Minimum => ({
    x,
    value,
    gradientNorm: Math.sqrt(dot(gradient, gradient)),
    numIterations,
    numEvaluations,
    reason,
  });

  for (let iteration = 0; ; iteration++) {
    const norm = Math.sqrt(dot(gradient, gradient));
    if (norm <= tolerance) return result('converged', iteration);
    if (iteration >= maxIterations) return result('iterations', iteration);

    const direction = searchDirection(gradient, pairs);
    let slope = dot(direction, gradient);
    if (!(slope < 0)) {
      // Rounding spoiled the curvature pairs: fall back to steepest descent.
      pairs.length = 0;
      direction.set(gradient.map((g) => -g));
      slope = -norm * norm;
    }
    const origin = x;
    const start: Point = { step: 0, value, slope, x, gradient };
    const found = searchLine(
      (step) => {
        const trial = origin.slice();
        addScaled(trial, step, direction);
        const g = new Float64Array(trial.length);
        const v = evaluateAt(trial, g);
        return { step, value: v, slope: dot(direction, g), x: trial, gradient: g };
      },
      start,
      pairs.length === 0 ? Math.min(1, 1 / norm) : 1,
    );
    if (found === null) {
      if (pairs.length === 0) return result('stalled', iteration);
      pairs.length = 0;
      continue;
    }
    const s = found.x.slice();
    addScaled(s, -1, x);
    const y = found.gradient.slice();
    addScaled(y, -1, gradient);
    const curvature = dot(s, y);
    if (curvature > 1e-12 * Math.sqrt(dot(s, s) * dot(y, y))) {
      pairs.push({ s, y, rho: 1 / curvature });
      if (pairs.length > memory) pairs.shift();
    }
    x = found.x;
    gradient = found.gradient;
    value = found.value;
  }
}

/** The two-loop recursion (algorithm 7.4): minus the approximate inverse Hessian times the gradient, initially scaled by eq. 7.20. */
function searchDirection(gradient: Float64Array, pairs: readonly { s: Float64Array; y: Float64Array; rho: number }[]): Float64Array {
  const q = gradient.map((g) => -g);
  const alphas: number[] = [];
  for (const { s, y, rho } of pairs.toReversed()) {
    const alpha = rho * dot(s, q);
    alphas.push(alpha);
    addScaled(q, -alpha, y);
  }
  const last = pairs.at(-1);
  if (last !== undefined) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let i = 0; i < q.length; i++) q[i] = (q[i] as number) * scale;
  }
  for (const { s, y, rho } of pairs) {
    const beta = rho * dot(y, q);
    addScaled(q, (alphas.pop() ?? 0) - beta, s);
  }
  return q;
}
