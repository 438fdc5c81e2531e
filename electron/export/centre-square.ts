/** What the app does to an image between decoding and network, as ONNX nodes. */
import type { Prelude } from '../tensor/compile.ts';
import { ELEMENT_TYPE } from '../tensor/onnx.ts';
import type { GraphBuilder } from '../tensor/onnx.ts';

/**
 * Feeds the program input `images`, uint8 [batch, px, px, 3], from a model input `images`, uint8 [batch, height, width, 3] of any size:
 * the shorter side resized to px and the longer one to round(longer * px / shorter) by an antialiased triangle filter, rounded to whole
 * grey levels, and the square at floor((size - px) / 2) cut out.
 */
export function centreSquare(px: number): Prelude {
  return {
    inputs: [{ name: 'images', dtype: 'uint8', shape: ['batch', 'height', 'width', 3] }],
    append: (graph) => ({ images: appendCentreSquare(graph, px) }),
  };
}

function appendCentreSquare(graph: GraphBuilder, px: number): string {
  const number = (value: number): string => graph.int64([value], []);
  const size = graph.node('Shape', ['images'], { start: 1, end: 3 });
  const shorter = graph.node('ReduceMin', [size], { keepdims: 0 });
  // round(a / b) of whole numbers is floor((2 a + b) / 2 b).
  const doubled = graph.node('Add', [graph.node('Mul', [size, number(2 * px)]), shorter]);
  const resizedSize = graph.node('Div', [doubled, graph.node('Mul', [shorter, number(2)])]);
  const start = graph.node('Div', [graph.node('Sub', [resizedSize, number(px)]), number(2)]);
  const end = graph.node('Add', [start, number(px)]);

  // On bytes the filter would round between the two axes; the app's own does not when it enlarges.
  const pixels = graph.node('Cast', ['images'], { to: ELEMENT_TYPE.float32 });
  const sizes = graph.node('Concat', [graph.node('Shape', ['images'], { start: 0, end: 1 }), resizedSize, graph.int64([3])], { axis: 0 });
  const resized = graph.node('Resize', [pixels, '', '', sizes], {
    mode: 'linear',
    antialias: 1,
    coordinate_transformation_mode: 'half_pixel',
  });
  const square = graph.node('Slice', [resized, start, end, graph.int64([1, 2])]);
  // Halves go up, as in JavaScript; the operator Round would send them to the even neighbour.
  const rounded = graph.node('Floor', [graph.node('Add', [square, graph.float32([0.5], [])])]);
  return graph.node('Cast', [rounded], { to: ELEMENT_TYPE.uint8 });
}
