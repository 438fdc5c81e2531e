/** Draws up to a few hundred thousand points with WebGL2: everything is uploaded once and each frame is one call for the dots and one for the pictures. */
import { createProgram } from './program.ts';
import type { Program } from './program.ts';
import { maxCategories, maxStride, tileSide } from './frame.ts';
import type { Frame, PointRenderer } from './frame.ts';
import { pointAttributes, pointFragment, pointVertex, tileAttributes, tileFragment, tileVertex } from './shaders.ts';

const slotsASide = 24;
/** Floats of a picture: two positions, slot, colour, alpha, border. */
const tileFloats = 11;

export class WebGlRenderer implements PointRenderer {
  readonly numSlots = slotsASide * slotsASide;
  readonly #gl: WebGL2RenderingContext;
  readonly #points: Program;
  readonly #tiles: Program;
  readonly #pointArray: WebGLVertexArrayObject;
  /** The same points, only every so many. */
  readonly #thinned = new Map<number, WebGLVertexArrayObject>();
  readonly #tileArray: WebGLVertexArrayObject;
  readonly #buffers: readonly WebGLBuffer[];
  readonly #selected: WebGLBuffer;
  readonly #tileBuffer: WebGLBuffer;
  readonly #palette: WebGLTexture;
  readonly #atlas: WebGLTexture;
  #numPoints = 0;
  #numSelected = 0;
  #from: Float32Array = new Float32Array();
  #to: Float32Array = new Float32Array();
  #instances = new Float32Array(tileFloats * 64);
  #maxPointSize: number;

  /** Throws where a program does not compile. */
  constructor(gl: WebGL2RenderingContext) {
    this.#gl = gl;
    this.#points = createProgram(gl, pointVertex, pointFragment, pointAttributes);
    this.#tiles = createProgram(gl, tileVertex, tileFragment, tileAttributes);
    this.#buffers = pointAttributes.map(() => gl.createBuffer());
    this.#selected = gl.createBuffer();
    this.#tileBuffer = gl.createBuffer();
    this.#pointArray = this.#createPointArray();
    this.#tileArray = this.#createTileArray();
    this.#palette = this.#createTexture(gl.NEAREST);
    this.#atlas = this.#createTexture(gl.LINEAR);
    const side = slotsASide * tileSide;
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, side, side);
    const range = gl.getParameter(gl.ALIASED_POINT_SIZE_RANGE) as Float32Array | null;
    this.#maxPointSize = range?.[1] ?? 64;
  }

  /** A renderer for this canvas, or null where WebGL2 is missing. */
  static create(canvas: HTMLCanvasElement): WebGlRenderer | null {
    const gl = canvas.getContext('webgl2', { alpha: false, antialias: false, depth: false, powerPreference: 'low-power' });
    return gl === null ? null : new WebGlRenderer(gl);
  }

  #createPointArray(stride = 1): WebGLVertexArrayObject {
    const gl = this.#gl;
    const array = gl.createVertexArray();
    gl.bindVertexArray(array);
    this.#buffers.forEach((buffer, location) => {
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.enableVertexAttribArray(location);
      if (location < 2) gl.vertexAttribPointer(location, 2, gl.FLOAT, false, 8 * stride, 0);
      else if (location === 2) gl.vertexAttribIPointer(location, 1, gl.UNSIGNED_SHORT, 2 * stride, 0);
      else gl.vertexAttribIPointer(location, 1, gl.UNSIGNED_BYTE, stride, 0);
    });
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.#selected);
    gl.bindVertexArray(null);
    return array;
  }

  #createTileArray(): WebGLVertexArrayObject {
    const gl = this.#gl;
    const array = gl.createVertexArray();
    gl.bindVertexArray(array);
    const corners = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, corners);
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]), gl.STATIC_DRAW);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#tileBuffer);
    let offset = 0;
    for (const [i, size] of [2, 2, 2, 3, 1, 1].entries()) {
      gl.enableVertexAttribArray(i + 1);
      gl.vertexAttribPointer(i + 1, size, gl.FLOAT, false, 4 * tileFloats, 4 * offset);
      gl.vertexAttribDivisor(i + 1, 1);
      offset += size;
    }
    gl.bindVertexArray(null);
    return array;
  }

  #createTexture(filter: number): WebGLTexture {
    const gl = this.#gl;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, filter);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, filter);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    return texture;
  }

  #upload(location: number, values: Float32Array | Uint16Array | Uint8Array): void {
    const gl = this.#gl;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#buffers[location] ?? null);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
  }

  setPositions(from: Float32Array, to: Float32Array): void {
    const numPoints = to.length / 2;
    this.#upload(0, from);
    this.#upload(1, to);
    if (numPoints !== this.#numPoints) {
      // Until they are told, so that no draw reads past the end of what an earlier map had.
      this.#upload(2, new Uint16Array(numPoints));
      this.#upload(3, new Uint8Array(numPoints));
      this.#numSelected = 0;
    }
    this.#numPoints = numPoints;
    this.#from = from;
    this.#to = to;
  }

  setCategories(categories: Uint16Array, palette: Uint8Array): void {
    const gl = this.#gl;
    if (categories.length === this.#numPoints) this.#upload(2, categories);
    const row = new Uint8Array(4 * maxCategories);
    row.set(palette.subarray(0, row.length));
    gl.bindTexture(gl.TEXTURE_2D, this.#palette);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, maxCategories, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, row);
  }

  setFlags(flags: Uint8Array): void {
    if (flags.length !== this.#numPoints) return;
    const gl = this.#gl;
    this.#upload(3, flags);
    let numSelected = 0;
    for (const flag of flags) numSelected += flag & 1;
    const selected = new Uint32Array(numSelected);
    let at = 0;
    flags.forEach((flag, i) => {
      if ((flag & 1) === 1) selected[at++] = i;
    });
    this.#numSelected = numSelected;
    gl.bindVertexArray(this.#pointArray);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, selected, gl.DYNAMIC_DRAW);
    gl.bindVertexArray(null);
  }

  setTile(slot: number, image: ImageBitmap): void {
    const gl = this.#gl;
    gl.bindTexture(gl.TEXTURE_2D, this.#atlas);
    const x = (slot % slotsASide) * tileSide;
    const y = Math.floor(slot / slotsASide) * tileSide;
    gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, tileSide, tileSide, gl.RGBA, gl.UNSIGNED_BYTE, image);
  }

  draw(frame: Frame): void {
    const gl = this.#gl;
    const { width, height, pixelRatio } = frame;
    gl.viewport(0, 0, Math.round(width * pixelRatio), Math.round(height * pixelRatio));
    gl.clearColor(...frame.background, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (this.#numPoints === 0) return;
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.#drawPoints(frame);
    if (frame.tiles.length > 0) this.#drawTiles(frame);
    gl.bindVertexArray(null);
  }

  #project(shader: Program, { camera, width, height, progress }: Frame): void {
    const gl = this.#gl;
    gl.useProgram(shader.program);
    gl.uniform2f(shader.uniform('u_center'), camera.x, camera.y);
    gl.uniform2f(shader.uniform('u_unit'), (2 * camera.scale) / width, (2 * camera.scale) / height);
    gl.uniform1f(shader.uniform('u_progress'), progress);
  }

  #drawPoints(frame: Frame): void {
    const gl = this.#gl;
    const shader = this.#points;
    this.#project(this.#points, frame);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.#palette);
    gl.uniform1i(shader.uniform('u_palette'), 0);
    gl.uniform1f(shader.uniform('u_diameter'), Math.min(this.#maxPointSize - 8, 2 * frame.radiusPx * frame.pixelRatio));
    gl.uniform1f(shader.uniform('u_alpha'), frame.alpha);
    gl.uniform1f(shader.uniform('u_restAlpha'), frame.restAlpha);
    gl.uniform1f(shader.uniform('u_ringWidth'), Math.max(1, 1.25 * frame.pixelRatio));
    gl.uniform3f(shader.uniform('u_ring'), ...frame.ring);
    const stride = Math.min(maxStride, frame.stride);
    gl.bindVertexArray(this.#every(stride));
    gl.drawArrays(gl.POINTS, 0, Math.ceil(this.#numPoints / stride));
    if (this.#numSelected === 0 || this.#numSelected >= this.#numPoints / stride) return;
    // Again on top of all others.
    gl.bindVertexArray(this.#pointArray);
    gl.drawElements(gl.POINTS, this.#numSelected, gl.UNSIGNED_INT, 0);
  }

  #every(stride: number): WebGLVertexArrayObject {
    if (stride === 1) return this.#pointArray;
    const array = this.#thinned.get(stride) ?? this.#createPointArray(stride);
    this.#thinned.set(stride, array);
    return array;
  }

  #drawTiles(frame: Frame): void {
    const gl = this.#gl;
    const shader = this.#tiles;
    const { tiles, pixelRatio } = frame;
    if (this.#instances.length < tileFloats * tiles.length) this.#instances = new Float32Array(2 * tileFloats * tiles.length);
    tiles.forEach((tile, i) => {
      const at = 2 * tile.point;
      this.#instances.set(
        [
          this.#from[at] ?? 0,
          this.#from[at + 1] ?? 0,
          this.#to[at] ?? 0,
          this.#to[at + 1] ?? 0,
          tile.slot % slotsASide,
          Math.floor(tile.slot / slotsASide),
          ...(tile.isSelected ? frame.ring : tile.color),
          tile.alpha * (tile.isDimmed ? 0.18 : tile.isSelected ? 1 : 0.35 + 0.65 * frame.restAlpha),
          (tile.isSelected ? 3 : 2) * pixelRatio,
        ],
        tileFloats * i,
      );
    });
    this.#project(this.#tiles, frame);
    gl.bindTexture(gl.TEXTURE_2D, this.#atlas);
    gl.uniform1i(shader.uniform('u_atlas'), 0);
    gl.uniform1f(shader.uniform('u_side'), frame.tilePx * pixelRatio);
    gl.uniform2f(shader.uniform('u_pixel'), 2 / (frame.width * pixelRatio), 2 / (frame.height * pixelRatio));
    gl.uniform1f(shader.uniform('u_slotShare'), 1 / slotsASide);
    gl.uniform1f(shader.uniform('u_slotPx'), tileSide);
    gl.uniform1f(shader.uniform('u_radius'), 5 * pixelRatio);
    gl.bindVertexArray(this.#tileArray);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#tileBuffer);
    gl.bufferData(gl.ARRAY_BUFFER, this.#instances.subarray(0, tileFloats * tiles.length), gl.STREAM_DRAW);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, tiles.length);
  }

  dispose(): void {
    // Freed now rather than when the canvas is collected: browsers allow few contexts at once.
    this.#gl.getExtension('WEBGL_lose_context')?.loseContext();
  }
}
