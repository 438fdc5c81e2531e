import onnxProto from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../electron/tensor/onnx.ts';

const { onnx } = onnxProto;

function parsed(graph: GraphBuilder, metadata?: Record<string, string>): InstanceType<typeof onnx.ModelProto> {
  const port = (name: string): { name: string; dtype: 'float32'; shape: (string | number)[] } => ({
    name,
    dtype: 'float32',
    shape: ['batch', 4],
  });
  return onnx.ModelProto.decode(graph.encode('graph', [port('x')], [port('y')], metadata));
}

describe('GraphBuilder', () => {
  it('encodes what onnx-proto reads back', () => {
    const graph = new GraphBuilder();
    const scaled = graph.node('LeakyRelu', ['x'], { alpha: { float: 0.25 } });
    const [top, where] = graph.nodeWithOutputs('TopK', [scaled, graph.int64([2])], 2, { axis: -1, largest: 1 });
    graph.addNode('Pad', [top!, graph.int64([0, 0, 0, 2])], ['y'], { mode: 'reflect' });
    graph.node('Conv', [where!, ''], { pads: [0, 1, 2, 3] }, 'com.microsoft.nchwc');
    const model = parsed(graph, { labels: 'a,b' });
    expect(graph.numNodes).toBe(4);
    expect(Number(model.irVersion)).toBe(9);
    expect(model.opsetImport.map(({ domain, version }) => [domain ?? '', Number(version)])).toEqual([
      ['', 20],
      ['com.microsoft.nchwc', 1],
    ]);
    expect(model.metadataProps.map(({ key, value }) => [key, value])).toEqual([['labels', 'a,b']]);
    const nodes = model.graph!.node!;
    expect(nodes.map((n) => n.opType)).toEqual(['LeakyRelu', 'TopK', 'Pad', 'Conv']);
    expect(nodes[0]!.attribute![0]).toMatchObject({ name: 'alpha', f: 0.25, type: onnx.AttributeProto.AttributeType.FLOAT });
    expect(Number(nodes[1]!.attribute![0]!.i)).toBe(-1);
    expect(nodes[1]!.output).toHaveLength(2);
    expect(new TextDecoder().decode(nodes[2]!.attribute![0]!.s ?? undefined)).toBe('reflect');
    expect(nodes[3]!.attribute![0]!.ints!.map(Number)).toEqual([0, 1, 2, 3]);
    expect(nodes[3]!.input).toEqual([where, '']);
    expect(nodes[3]!.domain).toBe('com.microsoft.nchwc');
    const { shape } = model.graph!.input![0]!.type!.tensorType!;
    expect(shape!.dim!.map((d) => d.dimParam || Number(d.dimValue))).toEqual(['batch', 4]);
  });

  it('stores equal small constants once', () => {
    const graph = new GraphBuilder();
    expect(graph.float32([1, 2], [2])).toBe(graph.float32(Float32Array.of(1, 2), [2]));
    const names = [
      graph.float32([1, 2], [2]),
      graph.float32([1, 2], [1, 2]),
      graph.float32([2, 1], [2]),
      graph.float32([0], []),
      graph.float32([-0], []),
      graph.int32([0], []),
      graph.int64([0], []),
      graph.bool(Uint8Array.of(0), []),
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(parsed(graph).graph!.initializer).toHaveLength(names.length);
  });

  it('keeps constants exactly, and its own copy of them', () => {
    const graph = new GraphBuilder();
    const numbers = Float32Array.from({ length: 100 }, (_, i) => Math.sqrt(i));
    const kept = numbers.slice();
    graph.float32(numbers.subarray(10), [9, 10]);
    graph.int64([-1, 2 ** 40]);
    numbers.fill(0);
    const [floats, longs] = parsed(graph).graph!.initializer!;
    expect(floats!.dims!.map(Number)).toEqual([9, 10]);
    expect(new Float32Array(Uint8Array.from(floats!.rawData!).buffer)).toEqual(kept.slice(10));
    expect([...new BigInt64Array(Uint8Array.from(longs!.rawData!).buffer)]).toEqual([-1n, 2n ** 40n]);
  });

  it('gives every node and value a name of its own', () => {
    const graph = new GraphBuilder();
    for (let i = 0; i < 3; i++) graph.node('Relu', ['x']);
    const nodes = parsed(graph).graph!.node!;
    expect(new Set(nodes.flatMap((n) => [n.name, ...n.output!])).size).toBe(6);
  });
});
