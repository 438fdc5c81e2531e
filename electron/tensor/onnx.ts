/** Building ONNX models: nodes, constants, graph, and their encoding. */
import onnxProto from 'onnx-proto';

const { onnx } = onnxProto;

export type OnnxDType = 'float32' | 'uint8' | 'int32' | 'int64' | 'bool';

/** TensorProto.DataType (onnx.proto3). */
export const ELEMENT_TYPE: Readonly<Record<OnnxDType, number>> = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 };

export type Attribute = number | string | readonly number[] | { readonly float: number };

export interface PortSpec {
  readonly name: string;
  readonly dtype: OnnxDType;
  /** A string is a symbolic dimension. */
  readonly shape: readonly (number | string)[];
}

/** Operator sets the models use. `com.microsoft.nchwc` holds ONNX Runtime's blocked CPU convolutions, used only in training graphs. */
const OPSETS = [
  { domain: '', version: 20 },
  { domain: 'com.microsoft', version: 1 },
  { domain: 'com.microsoft.nchwc', version: 1 },
];

function encodeAttribute(name: string, value: Attribute): object {
  if (typeof value === 'string') return { name, type: onnx.AttributeProto.AttributeType.STRING, s: new TextEncoder().encode(value) };
  if (typeof value === 'number') return { name, type: onnx.AttributeProto.AttributeType.INT, i: value };
  if ('float' in value) return { name, type: onnx.AttributeProto.AttributeType.FLOAT, f: value.float };
  return { name, type: onnx.AttributeProto.AttributeType.INTS, ints: [...value] };
}

/** Collects the nodes and constants of one graph. Equal small constants are stored once. */
export class GraphBuilder {
  readonly #nodes: object[] = [];
  readonly #initializers: object[] = [];
  readonly #constants = new Map<string, string>();
  readonly #domains = new Set<string>(['']);
  #nextId = 0;

  /** A name nothing else in the graph has. */
  fresh(hint: string): string {
    return `${hint}_${this.#nextId++}`;
  }

  get numNodes(): number {
    return this.#nodes.length;
  }

  /** Appends a node and returns the name of its output; an empty input name is an absent optional input. */
  node(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}, domain = ''): string {
    return this.nodeWithOutputs(op, inputs, 1, attributes, domain)[0] as string;
  }

  nodeWithOutputs(
    op: string,
    inputs: readonly string[],
    numOutputs: number,
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = '',
  ): string[] {
    const output = Array.from({ length: numOutputs }, () => this.fresh(op));
    this.addNode(op, inputs, output, attributes, domain);
    return output;
  }

  /** Appends a node whose outputs have given names. */
  addNode(
    op: string,
    input: readonly string[],
    output: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = '',
  ): void {
    this.#domains.add(domain);
    this.#nodes.push({
      opType: op,
      domain,
      name: this.fresh(`n_${op}`),
      input: [...input],
      output: [...output],
      attribute: Object.entries(attributes).map(([name, value]) => encodeAttribute(name, value)),
    });
  }

  initializer(name: string, dtype: OnnxDType, dims: readonly number[], bytes: Uint8Array): string {
    this.#initializers.push({ name, dataType: ELEMENT_TYPE[dtype], dims: [...dims], rawData: bytes });
    return name;
  }

  #constant(dtype: OnnxDType, dims: readonly number[], data: Float32Array | Int32Array | Uint8Array | BigInt64Array): string {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (bytes.length > 256) return this.initializer(this.fresh('const'), dtype, dims, bytes.slice());
    const key = `${dtype}:${dims.join()}:${bytes.join()}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.initializer(this.fresh('const'), dtype, dims, bytes.slice());
    this.#constants.set(key, name);
    return name;
  }

  float32(data: Float32Array | readonly number[], dims: readonly number[]): string {
    return this.#constant('float32', dims, data instanceof Float32Array ? data : Float32Array.from(data));
  }
  int32(data: Int32Array | readonly number[], dims: readonly number[]): string {
    return this.#constant('int32', dims, data instanceof Int32Array ? data : Int32Array.from(data));
  }
  int64(data: readonly number[], dims: readonly number[] = [data.length]): string {
    return this.#constant('int64', dims, BigInt64Array.from(data, BigInt));
  }
  bool(data: Uint8Array, dims: readonly number[]): string {
    return this.#constant('bool', dims, data);
  }

  /** The encoded model. `metadata` becomes its metadata_props. */
  encode(
    name: string,
    inputs: readonly PortSpec[],
    outputs: readonly PortSpec[],
    metadata: Readonly<Record<string, string>> = {},
  ): Uint8Array {
    const port = (spec: PortSpec): object => ({
      name: spec.name,
      type: {
        tensorType: {
          elemType: ELEMENT_TYPE[spec.dtype],
          shape: { dim: spec.shape.map((d) => (typeof d === 'string' ? { dimParam: d } : { dimValue: d })) },
        },
      },
    });
    const model = {
      irVersion: 9,
      producerName: 'acclimate',
      opsetImport: OPSETS.filter(({ domain }) => this.#domains.has(domain)),
      metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      graph: { name, node: this.#nodes, initializer: this.#initializers, input: inputs.map(port), output: outputs.map(port) },
    };
    return onnx.ModelProto.encode(onnx.ModelProto.create(model)).finish();
  }
}
