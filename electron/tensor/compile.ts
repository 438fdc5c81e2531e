/** A program as one ONNX model. */
import { AppError } from '../contract/errors.ts';
import { checkNextState } from './check-inputs.ts';
import { BATCH_MARK } from './lower/context.ts';
import type { LoweringContext, LoweringTarget } from './lower/context.ts';
import { lowerGraph } from './lower/lower.ts';
import type { GraphBuilder, OnnxDType, PortSpec } from './onnx.ts';
import type { HostTensor, Program, Tensors } from './program.ts';
import { tf } from './tf.ts';
import { trace } from './trace/backend.ts';
import type { TraceInput } from './trace/backend.ts';
import type { Value } from './trace/graph.ts';

/** Prefixes that keep a program's state, inputs and outputs apart in the model's flat name space. */
export const STATE_IN = 'state/';
export const STATE_OUT = 'next/';

export interface CompiledModel {
  readonly bytes: Uint8Array;
  readonly numNodes: number;
  /** Names of the state entries that the program returns, and so carries from run to run. */
  readonly carried: readonly string[];
  readonly outputs: readonly string[];
}

/** Nodes in front of a program: the model's own inputs, and what becomes of them. */
export interface Prelude {
  readonly inputs: readonly PortSpec[];
  /** Appends the nodes and returns, by input of the program, the name of a value of the type and shape that the program declares. */
  readonly append: (graph: GraphBuilder) => Readonly<Record<string, string>>;
}

export interface CompileOptions {
  /** The model's metadata_props. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** See {@link LoweringTarget}; default: true. */
  readonly poolIndices?: boolean;
  /** Inputs of the program that it does not feed stay inputs of the model. */
  readonly prelude?: Prelude;
}

/** What the program's carried state is, found by running it once on symbolic tensors. */
function carriedNames(program: Program): string[] {
  let names: string[] = [];
  const inputs = traceInputs(program);
  trace(inputs, (tensors) => {
    const { state } = program.run(pick(tensors, STATE_IN), pick(tensors, ''));
    names = Object.keys(state);
    return {};
  });
  return names;
}

function pick(tensors: Tensors, prefix: string): Tensors {
  const chosen = Object.entries(tensors).filter(([name]) => (prefix === '' ? !name.startsWith(STATE_IN) : name.startsWith(prefix)));
  return Object.fromEntries(chosen.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

function traceInputs(program: Program): Record<string, TraceInput> {
  const inputs: Record<string, TraceInput> = {};
  for (const [name, tensor] of Object.entries(program.state)) {
    inputs[STATE_IN + name] = { dtype: tensor.dtype === 'float32' ? 'float32' : 'int32', shape: tensor.shape };
  }
  for (const [name, spec] of Object.entries(program.inputs)) {
    inputs[name] = { dtype: spec.dtype === 'float32' ? 'float32' : 'int32', shape: spec.shape.map((d) => d ?? BATCH_MARK) };
  }
  return inputs;
}

/** A state entry that never changes, as a tensor of the traced program. */
function constant(tensor: HostTensor): tf.Tensor {
  const dtype = tensor.dtype === 'float32' ? 'float32' : 'int32';
  const data = tensor.dtype === 'uint8' ? Int32Array.from(tensor.data) : tensor.data;
  return tf.tensor(data, [...tensor.shape], dtype);
}

/**
 * Traces and lowers a program. State it carries becomes model inputs `state/<name>` and outputs `next/<name>`; the rest
 * becomes constants of the model. Without carried state the inference lowerings are used.
 */
export function compileProgram(program: Program, blockChannels: number, options: CompileOptions = {}): CompiledModel {
  const carried = Object.keys(program.state).length === 0 ? [] : carriedNames(program);
  const all = traceInputs(program);
  const frozen = Object.entries(program.state).filter(([name]) => !carried.includes(name));
  const inputs = Object.fromEntries(Object.entries(all).filter(([name]) => !frozen.some(([other]) => STATE_IN + other === name)));
  const traced = trace(inputs, (tensors) => {
    const state = pick(tensors, STATE_IN);
    for (const [name, tensor] of frozen) state[name] = constant(tensor);
    const result = program.run(state, pick(tensors, ''));
    checkNextState(program, result.state);
    const taken = Object.keys(result.outputs).filter((name) => name in program.inputs);
    if (taken.length > 0) throw new AppError('internal', `${program.name}: an input and an output are both named ${taken.join(', ')}`);
    const outputs: Tensors = { ...result.outputs };
    for (const [name, tensor] of Object.entries(result.state)) outputs[STATE_OUT + name] = tensor;
    return outputs;
  });
  const variableBatch = Object.values(program.inputs).some(({ shape: [batch] }) => batch === null);
  const mode = carried.length > 0 ? 'training' : 'inference';
  const target: LoweringTarget = { mode, blockChannels, poolIndices: options.poolIndices ?? true, variableBatch };
  return encode(program, traced.inputs, traced.outputs, carried, target, options);
}

function encode(
  program: Program,
  inputs: Readonly<Record<string, Value>>,
  outputs: Readonly<Record<string, Value>>,
  carried: readonly string[],
  target: LoweringTarget,
  { metadata = {}, prelude }: CompileOptions,
): CompiledModel {
  let fed: Readonly<Record<string, string>> = {};
  const ctx = lowerGraph(Object.values(outputs), target, (c) => {
    fed = prelude?.append(c.graph) ?? {};
    bindInputs(c, program, inputs, fed);
  });
  for (const [name, value] of Object.entries(outputs)) ctx.graph.addNode('Identity', [ctx.full(value)], [name]);
  const shape = (dims: readonly number[]): (number | string)[] =>
    dims.map((d) => (ctx.holdsBatch(d) ? (d === BATCH_MARK ? 'batch' : 'rows') : d));
  const unfed = Object.entries(inputs).filter(([name]) => fed[name] === undefined);
  const inputPorts: PortSpec[] = [
    ...(prelude?.inputs ?? []),
    ...unfed.map(([name, value]) => ({ name, dtype: portType(program, name, value), shape: shape(value.shape) })),
  ];
  const outputPorts: PortSpec[] = Object.entries(outputs).map(([name, value]) => ({ name, dtype: value.dtype, shape: shape(value.shape) }));
  return {
    bytes: ctx.graph.encode(program.name, inputPorts, outputPorts, metadata),
    numNodes: ctx.graph.numNodes,
    carried,
    outputs: Object.keys(outputs).filter((name) => !name.startsWith(STATE_OUT)),
  };
}

function portType(program: Program, name: string, value: Value): OnnxDType {
  return program.inputs[name]?.dtype ?? value.dtype;
}

function bindInputs(
  ctx: LoweringContext,
  program: Program,
  inputs: Readonly<Record<string, Value>>,
  fed: Readonly<Record<string, string>>,
): void {
  for (const [name, value] of Object.entries(inputs)) {
    if (program.inputs[name]?.dtype === 'uint8') ctx.setBytes(value, fed[name] ?? name);
    else ctx.set(value, fed[name] ?? name);
  }
}
