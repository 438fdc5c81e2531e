import { expect, test } from 'vitest';
import {
  classColor,
  classPalette,
  contrast,
  freeColor,
  rampBytes,
  rampColor,
  rgbOf,
  textOn,
  unlabelledColor,
} from '../../../renderer/ui/palette.ts';

type Color = readonly number[];

const linear = (hex: string): Color => rgbOf(hex).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));

/** Ottosson (2020). */
function oklab([r = 0, g = 0, b = 0]: Color): Color {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** Machado et al. (2009), severity 1, on linear RGB. */
const visions = {
  normal: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
};

function seen(color: Color, m: readonly number[]): Color {
  return [0, 3, 6].map((row) =>
    Math.max(
      0,
      Math.min(
        1,
        [0, 1, 2].reduce((sum, i) => sum + m[row + i]! * color[i]!, 0),
      ),
    ),
  );
}

const distance = (a: Color, b: Color): number => Math.hypot(...a.map((value, i) => value - b[i]!));

test.each(Object.entries(visions))('classes can be told apart with %s', (name, matrix) => {
  const lab = (hex: string): Color => oklab(seen(linear(hex), matrix));
  const labs = classPalette.map(lab);
  const distances = labs.flatMap((a, i) => labs.slice(0, i).map((b) => distance(a, b)));
  expect(Math.min(...distances)).toBeGreaterThan(name === 'tritanopia' ? 0.055 : 0.07);
  if (name !== 'tritanopia') expect(Math.min(...labs.map((color) => distance(color, lab(unlabelledColor))))).toBeGreaterThan(0.06);
});

test('text on every class colour reads', () => {
  for (const color of [...classPalette, unlabelledColor]) expect(contrast(color, textOn(color))).toBeGreaterThanOrEqual(4.5);
  expect(textOn('#f0e442')).toBe('#000000');
  expect(textOn('#2d0fe1')).toBe('#ffffff');
});

test('contrast is that of WCAG', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 10);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});

test('the ramp grows lighter in even steps', () => {
  const labs = Array.from({ length: 11 }, (_, i) => oklab(linear(rampColor(i / 10))));
  const steps = labs.slice(1).map((lab, i) => distance(lab, labs[i]!));
  labs.slice(1).forEach((lab, i) => expect(lab[0]!).toBeGreaterThan(labs[i]![0]!));
  expect(Math.max(...steps) / Math.min(...steps)).toBeLessThan(1.8);
  expect(rampColor(-1)).toBe('#440154');
  expect(rampColor(2)).toBe('#fde725');
});

test('the ramp as bytes is the ramp', () => {
  const bytes = rampBytes(11);
  expect([...bytes.subarray(0, 4)]).toEqual([0x44, 0x01, 0x54, 255]);
  expect([...bytes.subarray(40)]).toEqual([0xfd, 0xe7, 0x25, 255]);
});

test('a new class gets a colour that is free', () => {
  expect(freeColor([])).toBe(classPalette[0]);
  expect(freeColor([classPalette[0].toUpperCase(), classPalette[2]])).toBe(classPalette[1]);
  expect(freeColor([...classPalette, ...classPalette.slice(0, 4)])).toBe(classPalette[4]);
  expect(classColor(-1)).toBe(unlabelledColor);
  expect(classColor(classPalette.length)).toBe(classPalette[0]);
});
