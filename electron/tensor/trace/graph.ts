/** The record of a traced program: TensorFlow.js kernels and the symbolic tensors between them. */

export type TraceDType = 'float32' | 'int32' | 'bool';

/** A tensor that has a type and a shape but no numbers yet. */
export interface Value {
  readonly id: number;
  readonly dtype: TraceDType;
  readonly shape: readonly number[];
  readonly source: ValueSource;
}

export type ValueSource =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly data: Float32Array | Int32Array | Uint8Array }
  | { readonly kind: 'kernel'; readonly step: Step; readonly output: number };

/** One kernel call. */
export interface Step {
  readonly kernel: string;
  /** The public operation that asked for the kernel, for error messages. */
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly names: readonly string[];
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly outputs: Value[];
}

/** `[32,96,96,3]` */
export function formatShape(shape: readonly (number | null)[]): string {
  return `[${shape.map((d) => d ?? '?').join(',')}]`;
}

/** The steps that the given values depend on, in an order that respects dependencies. */
export function reachableSteps(outputs: readonly Value[]): Step[] {
  const order: Step[] = [];
  const seen = new Set<Step>();
  const stack: { step: Step; next: number }[] = [];
  const visit = (value: Value): void => {
    if (value.source.kind !== 'kernel' || seen.has(value.source.step)) return;
    seen.add(value.source.step);
    stack.push({ step: value.source.step, next: 0 });
  };
  for (const output of outputs) {
    visit(output);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const input = top.step.inputs[top.next++];
      if (input !== undefined) visit(input);
      else {
        order.push(top.step);
        stack.pop();
      }
    }
  }
  return order;
}
