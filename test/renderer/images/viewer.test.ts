import { describe, expect, it } from 'vitest';
import { clamp, fit, pan, pixelAt, zoomAt } from '../../../renderer/views/images/viewer/camera.ts';
import {
  autoStretch,
  histogramBins,
  histogramOf,
  identityStretch,
  lookupTable,
  percentile,
  toRgba,
  valuesAt,
} from '../../../renderer/views/images/viewer/stretch.ts';

const stage = { width: 800, height: 600 };
const image = { width: 4000, height: 2000 };

describe('camera', () => {
  it('fits the whole image into the middle', () => {
    const camera = fit(image, stage);
    expect(camera.scale).toBeCloseTo(752 / 4000);
    expect(camera.x).toBeCloseTo(24);
    expect(camera.y + (image.height * camera.scale) / 2).toBeCloseTo(300);
    expect(fit({ width: 10, height: 10 }, stage).scale).toBe(4);
  });

  it('keeps what is under the pointer there while zooming', () => {
    const at = { x: 500, y: 320 };
    const before = zoomAt(fit(image, stage), 8, { x: 400, y: 300 }, image, stage);
    const after = zoomAt(before, 2.5, at, image, stage);
    expect((at.x - after.x) / after.scale).toBeCloseTo((at.x - before.x) / before.scale);
    expect((at.y - after.y) / after.scale).toBeCloseTo((at.y - before.y) / before.scale);
    expect(zoomAt(after, 1e6, at, image, stage).scale).toBe(64);
    expect(zoomAt(after, 1e-6, at, image, stage).scale).toBeCloseTo(fit(image, stage).scale);
  });

  it('never loses the image', () => {
    const camera = { scale: 1, x: -100, y: -100 };
    expect(pan(camera, 1e5, 1e5, image, stage)).toEqual({ scale: 1, x: 24, y: 24 });
    expect(pan(camera, -1e5, 0, image, stage).x).toBe(800 - 4000 - 24);
    expect(clamp({ scale: 1, x: 700, y: 0 }, { width: 100, height: 100 }, stage)).toEqual({ scale: 1, x: 350, y: 250 });
  });

  it('knows the pixel under the pointer', () => {
    expect(pixelAt({ scale: 10, x: 5, y: 5 }, { x: 36, y: 14 }, image)).toEqual({ x: 3, y: 0 });
    expect(pixelAt({ scale: 10, x: 5, y: 5 }, { x: 4, y: 14 }, image)).toBeNull();
  });
});

describe('stretch', () => {
  const deep = {
    width: 2,
    height: 2,
    channels: 1,
    bitsPerSample: 16,
    data: Uint16Array.of(1000, 1000, 3000, 5000),
    fullWidth: 4,
    fullHeight: 4,
  } as const;

  it('counts every value of every channel', () => {
    const [counts] = histogramOf(deep);
    expect(counts?.[1000]).toBe(2);
    expect(counts?.[5000]).toBe(1);
    const colour = histogramOf({ channels: 3, bitsPerSample: 8, data: Uint8Array.of(1, 2, 3, 1, 5, 6) });
    expect([colour[0]?.[1], colour[1]?.[2], colour[2]?.[6]]).toEqual([2, 1, 1]);
  });

  it('goes from the low to the high percentile', () => {
    const histogram = histogramOf(deep);
    expect([percentile(histogram, 0), percentile(histogram, 0.75), percentile(histogram, 1)]).toEqual([1000, 3000, 5000]);
    expect(autoStretch(histogram)).toEqual({ low: 1000, high: 5000, gamma: 1 });
    const flat = autoStretch(histogramOf({ ...deep, data: Uint16Array.of(7, 7, 7, 7) }));
    expect(flat.high).toBeGreaterThan(flat.low);
  });

  it('maps values to greys, gamma above 1 brightening', () => {
    const rgba = toRgba(deep, { low: 1000, high: 5000, gamma: 1 });
    expect([...rgba.subarray(8, 12)]).toEqual([128, 128, 128, 255]);
    expect([rgba[0], rgba[12]]).toEqual([0, 255]);
    expect(lookupTable({ low: 0, high: 255, gamma: 2 }, 8)[64]).toBeGreaterThan(64);
    expect([...lookupTable(identityStretch(8), 8)]).toEqual(Array.from({ length: 256 }, (_, i) => i));
  });

  it('bins without losing the ends', () => {
    const bins = histogramBins(histogramOf(deep)[0] ?? new Uint32Array(), 1000, 5000, 4);
    expect(bins[0]).toBe(1);
    expect(bins[3]).toBeCloseTo(Math.SQRT1_2);
  });

  it('reads stored values also from a reduced copy', () => {
    expect(valuesAt(deep, 3, 3)).toEqual([5000]);
    expect(valuesAt(deep, 1, 2)).toEqual([3000]);
  });
});
