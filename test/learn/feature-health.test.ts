import { describe, expect, it } from 'vitest';
import { featureFigures, featureNeighbours } from '../../electron/learn/feature-health.ts';
import { createRandom } from '../../electron/tensor/random.ts';

const random = createRandom(2);
const normals = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());

describe('featureFigures', () => {
  it('finds Gaussian features spread evenly and of nearly full rank', () => {
    const { spread, rankMe } = featureFigures(normals(200 * 16), 200, 5);
    expect(spread).toBeGreaterThan(0.97);
    expect(spread).toBeLessThan(1.01);
    expect(rankMe).toBeGreaterThan(15.5);
    expect(rankMe).toBeLessThanOrEqual(16.001);
  });

  it('finds no spread and rank 1 where all are equal', () => {
    const row = normals(16);
    const features = Float32Array.from({ length: 50 * 16 }, (_, i) => row[i % 16]!);
    const { spread, rankMe } = featureFigures(features, 50, 5);
    expect(spread).toBeLessThan(1e-6);
    expect(rankMe).toBeCloseTo(1, 3);
  });

  it('counts the dimensions that are in use', () => {
    // Three axes, each used by as many images: three equal singular values.
    const features = new Float32Array(60 * 8);
    for (let i = 0; i < 60; i++) features[i * 8 + (i % 3)] = 1 + i;
    expect(featureFigures(features, 60, 5).rankMe).toBeCloseTo(3, 4);
  });

  it('finds the nearest neighbours by cosine', () => {
    const angles = [0, 5, 100, 106, 1];
    const features = Float32Array.from(
      angles.flatMap((degrees) => [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]),
    );
    expect([...featureFigures(features, 5, 1).neighbours]).toEqual([4, 4, 3, 2, 0]);
    expect([...featureNeighbours(features, 5, 1)]).toEqual([4, 4, 3, 2, 0]);
  });

  it('finds the slope of the spectrum that features were drawn from', () => {
    const [numImages, dim, alpha] = [400, 60, 1.2];
    const features = normals(numImages * dim).map((value, i) => 3 + value * ((i % dim) + 1) ** (-alpha / 2));
    // Drawn spectra fall faster than the true one towards their end.
    expect(featureFigures(features, numImages, 5).alphaReq).toBeGreaterThan(alpha - 0.1);
    expect(featureFigures(features, numImages, 5).alphaReq).toBeLessThan(alpha + 0.5);
    expect(featureFigures(normals(numImages * dim), numImages, 5).alphaReq).toBeLessThan(0.5);
  });

  it('finds clusters that are there stable, and noise less so', () => {
    const clustered = normals(256 * 16).map((value, i) => 0.05 * value + (Math.floor(i / 16) % 8 === i % 16 ? 1 : 0));
    const firm = featureFigures(clustered, 256, 5).clusterStability;
    const loose = featureFigures(normals(256 * 16), 256, 5).clusterStability;
    expect(firm).toBeGreaterThan(0.8);
    expect(loose).toBeLessThan(0.5);
  });

  it('says NaN for features that are not numbers', () => {
    expect(featureFigures(Float32Array.of(1, NaN, 2, 3, 4, 5), 3, 1).spread).toBeNaN();
  });
});
