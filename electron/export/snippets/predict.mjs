#!/usr/bin/env node
// Classifies images with model.onnx, which must lie beside this file.
//
//   node predict.mjs IMAGE_OR_FOLDER... [--csv FILE]
//
// Needs onnxruntime-node. Image files also need sharp; .ppm (P6) and .npy (uint8 [height, width, 3]) files do not.
import { realpathSync } from 'node:fs';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import ort from 'onnxruntime-node';

const extensions = new Set(['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff', '.gif', '.avif', '.bmp', '.ppm', '.npy']);

/** What is less sure than the threshold in labels.json allows gets this answer. */
export const noneOfThese = 'none of these';

/** Loads the model. `classify` takes { width, height, data }, data being RGB bytes row by row. */
export async function loadClassifier(folder = import.meta.dirname) {
  const { classes, minProbability } = JSON.parse(await readFile(join(folder, 'labels.json'), 'utf8'));
  const session = await ort.InferenceSession.create(join(folder, 'model.onnx'), { logSeverityLevel: 3 });
  return {
    classes,
    async classify({ width, height, data }) {
      const images = new ort.Tensor('uint8', data, [1, height, width, 3]);
      const { probabilities, label } = await session.run({ images });
      const index = label.data[0];
      const probability = probabilities.data[index];
      const sure = minProbability === null || probability >= minProbability;
      return {
        answer: sure ? classes[index].name : noneOfThese,
        name: classes[index].name,
        probability,
        sure,
        probabilities: probabilities.data,
      };
    },
  };
}

/** Reads an image file as { width, height, data }. */
export async function readImage(path) {
  const bytes = await readFile(path);
  const extension = extname(path).toLowerCase();
  if (extension === '.ppm') return readPpm(bytes);
  if (extension === '.npy') return readNpy(bytes);
  return decode(bytes);
}

function readPpm(bytes) {
  const header = /^P6(?:\s+|#.*\n)+(\d+)(?:\s+|#.*\n)+(\d+)(?:\s+|#.*\n)+255\s/.exec(bytes.toString('latin1', 0, 4096));
  if (header === null) throw new Error('not a binary PPM file (P6) of 8 bits per channel');
  return rgb(Number(header[1]), Number(header[2]), bytes.subarray(header[0].length));
}

function readNpy(bytes) {
  const wide = bytes[6] > 1;
  const start = wide ? 12 + bytes.readUInt32LE(8) : 10 + bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 0, start);
  const shape = /'shape': \((\d+), (\d+), 3\)/.exec(header);
  if (shape === null || !header.includes("'|u1'") || header.includes("'fortran_order': True")) {
    throw new Error('not an array of uint8 [height, width, 3] in C order');
  }
  return rgb(Number(shape[2]), Number(shape[1]), bytes.subarray(start));
}

function rgb(width, height, data) {
  if (data.length < width * height * 3) throw new Error('the file is cut short');
  return { width, height, data: Uint8Array.from(data.subarray(0, width * height * 3)) };
}

/** Upright, transparency over white, sRGB, 8 bits. */
async function decode(bytes) {
  const { default: sharp } = await import('sharp').catch(() => {
    throw new Error('image files need the package sharp: npm install sharp. Files of the types .ppm and .npy work without it.');
  });
  const upright = sharp(bytes, { limitInputPixels: false, failOn: 'error' }).rotate();
  const { depth, space } = await upright.metadata();
  const isGrey = space === 'b-w' || space === 'grey16';
  const opaque = upright.flatten({ background: '#ffffff' });
  if (depth === 'uchar') {
    const { data, info } = await opaque.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
    return toRgb(info, data);
  }
  const kind = depth === 'ushort' ? 'ushort' : 'float';
  const wide = kind === 'ushort' ? opaque.toColourspace(isGrey ? 'grey16' : 'rgb16') : opaque;
  const { data, info } = await wide.raw({ depth: kind }).toBuffer({ resolveWithObject: true });
  const buffer = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
  const samples = kind === 'ushort' ? new Uint16Array(buffer) : new Float32Array(buffer);
  return toRgb(info, toEightBits(samples, kind === 'ushort' && info.channels >= 3));
}

/** More than 8 bits: grey over the range that the image uses but for 0.01 % at each end, colour over the full scale of its camera. */
function toEightBits(samples, isColour) {
  const sorted = samples.slice().sort();
  const left = Math.floor(samples.length * 1e-4);
  let [low, high] = [sorted[left], sorted[samples.length - 1 - left]];
  if (isColour) [low, high] = [0, [255, 1023, 4095, 16383, 65535].find((scale) => scale >= high)];
  if (high <= low) return Uint8Array.from(samples, (value) => value / 256);
  return Uint8Array.from(samples, (value) => Math.min(255, Math.max(0, Math.round(((value - low) * 255) / (high - low)))));
}

function toRgb({ width, height, channels }, data) {
  if (channels === 3) return { width, height, data: new Uint8Array(data) };
  const out = new Uint8Array(width * height * 3);
  for (let i = 0; i < out.length; i++) out[i] = data[Math.floor(i / 3) * channels + (channels > 3 ? i % 3 : 0)];
  return { width, height, data: out };
}

/** The image files of a folder and its subfolders, or the file itself. */
async function* filesOf(path) {
  if (!(await stat(path)).isDirectory()) {
    yield path;
    return;
  }
  const entries = await readdir(path, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const inside = join(path, entry.name);
    if (entry.isDirectory()) yield* filesOf(inside);
    else if (extensions.has(extname(entry.name).toLowerCase())) yield inside;
  }
}

const csvCell = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const csvRow = (cells) => cells.map((cell) => csvCell(String(cell))).join(',') + '\r\n';

async function main(args) {
  const csvAt = args.indexOf('--csv');
  const csvPath = csvAt < 0 ? undefined : args[csvAt + 1];
  const paths = csvAt < 0 ? args : args.toSpliced(csvAt, 2);
  if (paths.length === 0 || (csvAt >= 0 && csvPath === undefined)) {
    console.error('Usage: node predict.mjs IMAGE_OR_FOLDER... [--csv FILE]');
    return 2;
  }
  const classifier = await loadClassifier();
  const csv = csvPath === undefined ? null : await open(csvPath, 'w');
  await csv?.write(csvRow(['file', 'class', 'probability', 'sure', 'answer']));
  let numFailed = 0;
  for (const path of paths) {
    for await (const file of filesOf(path)) {
      try {
        const { name, probability, sure, answer } = await classifier.classify(await readImage(file));
        console.log(`${file}\t${name.replace(/\s+/g, ' ')}\t${probability.toFixed(4)}${sure ? '' : '\tunsure: none of these'}`);
        await csv?.write(csvRow([file, name, probability.toFixed(6), sure ? 'yes' : 'no', answer]));
      } catch (error) {
        numFailed++;
        console.error(`${file}: ${error.message}`);
      }
    }
  }
  await csv?.close();
  return numFailed > 0 ? 1 : 0;
}

if (process.argv[1] !== undefined && import.meta.filename === realpathSync(process.argv[1])) {
  process.exitCode = await main(process.argv.slice(2));
}
