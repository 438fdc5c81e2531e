/**
 * A made-up folder of images, for trying everything without having any: five kinds of small objects that differ in texture and
 * shape, under changing light, scale, rotation, position and background, so that brightness or colour alone tells little.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';
import type { RunContext } from '../../contract/progress.ts';
import { createRandom } from '../../tensor/random.ts';
import type { Random } from '../../tensor/random.ts';

const settingsSchema = z.object({
  sizePx: z.number().int().min(32).max(1024),
  kinds: z.array(
    z.object({
      name: z.string(),
      /** Corners of the outline; 0 is round. */
      corners: z.number().int().min(0).max(12),
      /** How far the outline is drawn in between corners. */
      dent: z.number().min(0).max(0.9),
      /** Height to width. */
      aspect: z.number().min(0.2).max(1),
      texture: z.enum(['stripes', 'dots', 'rings', 'checks', 'grain']),
      /** Repeats of the texture over the object. */
      frequency: z.number().min(1).max(30),
    }),
  ),
});

export type SampleSettings = z.infer<typeof settingsSchema>;

const settingsPath = new URL('../../../resources/sample.json', import.meta.url);

/** The settings that ship with the app. */
export function sampleSettings(): SampleSettings {
  return settingsSchema.parse(JSON.parse(readFileSync(settingsPath, 'utf8')));
}

type Kind = SampleSettings['kinds'][number];

/** One object's chance properties. */
interface Pose {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly angle: number;
  readonly phase: number;
  readonly contrast: number;
}

/** Smooth noise on a grid of `cells`, [0, 1], by bilinear interpolation. */
function noiseField(random: Random, cells: number): (u: number, v: number) => number {
  const grid = Float32Array.from({ length: (cells + 1) * (cells + 1) }, () => random.next());
  const at = (i: number, j: number): number => grid[Math.min(i, cells) * (cells + 1) + Math.min(j, cells)] ?? 0;
  return (u, v) => {
    const [a, b] = [u * cells, v * cells];
    const [i, j] = [Math.floor(a), Math.floor(b)];
    const [s, t] = [a - i, b - j];
    return at(i, j) * (1 - s) * (1 - t) + at(i + 1, j) * s * (1 - t) + at(i, j + 1) * (1 - s) * t + at(i + 1, j + 1) * s * t;
  };
}

/** How far (1 at the outline) a point lies from the middle of the object; and the texture there, in [0, 1]. */
function objectAt(
  kind: Kind,
  pose: Pose,
  u: number,
  v: number,
  grain: (u: number, v: number) => number,
): { reach: number; texture: number } {
  const [dx, dy] = [u - pose.x, v - pose.y];
  const [cos, sin] = [Math.cos(pose.angle), Math.sin(pose.angle)];
  const x = (dx * cos + dy * sin) / pose.radius;
  const y = (dy * cos - dx * sin) / (pose.radius * kind.aspect);
  const distance = Math.hypot(x, y);
  const outline = kind.corners === 0 ? 1 : 1 - kind.dent * (0.5 + 0.5 * Math.cos(kind.corners * Math.atan2(y, x) + Math.PI));
  const wave = (t: number): number => 0.5 + 0.5 * Math.sin(Math.PI * kind.frequency * t + pose.phase);
  const texture = {
    stripes: () => wave(x),
    rings: () => wave(distance),
    checks: () => (wave(x) > 0.5 === wave(y) > 0.5 ? 1 : 0),
    dots: () => (wave(x) * wave(y) > 0.45 ? 1 : 0),
    grain: () => grain((x * 0.25 + 0.5) % 1, (y * 0.25 + 0.5) % 1),
  }[kind.texture]();
  return { reach: distance / outline, texture };
}

/** One picture, RGB [px, px, 3]. */
function paint(kind: Kind, px: number, random: Random): Uint8Array {
  const pose: Pose = {
    x: 0.5 + 0.15 * (random.next() - 0.5),
    y: 0.5 + 0.15 * (random.next() - 0.5),
    radius: 0.26 + 0.14 * random.next(),
    angle: 2 * Math.PI * random.next(),
    phase: 2 * Math.PI * random.next(),
    contrast: 0.25 + 0.35 * random.next(),
  };
  const background = noiseField(random, 2 + random.int(14));
  const grain = noiseField(random, Math.max(2, Math.round(kind.frequency * 3)));
  const light = { angle: 2 * Math.PI * random.next(), strength: 0.5 * random.next(), level: 0.65 + 0.5 * random.next() };
  const ground = [0.3 + 0.5 * random.next(), 0.3 + 0.5 * random.next(), 0.3 + 0.5 * random.next()];
  const body = [0.25 + 0.6 * random.next(), 0.25 + 0.6 * random.next(), 0.25 + 0.6 * random.next()];
  const sensor = 0.02 + 0.04 * random.next();
  const pixels = new Uint8Array(px * px * 3);
  for (let row = 0; row < px; row++) {
    for (let column = 0; column < px; column++) {
      const [u, v] = [(column + 0.5) / px, (row + 0.5) / px];
      const { reach, texture } = objectAt(kind, pose, u, v, grain);
      const cover = Math.min(1, Math.max(0, (1 - reach) * pose.radius * px * 0.5 + 0.5));
      const shade = light.level * (1 + light.strength * ((u - 0.5) * Math.cos(light.angle) + (v - 0.5) * Math.sin(light.angle)) * 2);
      const noise = sensor * (random.next() - 0.5);
      for (let channel = 0; channel < 3; channel++) {
        const behind = (ground[channel] ?? 0) * (0.6 + 0.8 * background(u, v));
        const front = (body[channel] ?? 0) * (1 - pose.contrast + 2 * pose.contrast * texture);
        pixels[(row * px + column) * 3 + channel] = Math.round(
          255 * Math.min(1, Math.max(0, shade * (behind * (1 - cover) + front * cover) + noise)),
        );
      }
    }
  }
  return pixels;
}

/** Writes `numPerKind` images of every kind into `dir/<kind>/`. The same seed writes the same files. */
export async function makeSample(dir: string, numPerKind: number, seed: number, ctx: RunContext): Promise<number> {
  const { kinds, sizePx } = sampleSettings();
  const total = kinds.length * numPerKind;
  let done = 0;
  for (const [k, kind] of kinds.entries()) {
    mkdirSync(join(dir, kind.name), { recursive: true });
    for (let i = 0; i < numPerKind; i++) {
      ctx.signal.throwIfAborted();
      const pixels = paint(kind, sizePx, createRandom(seed * 1_000_003 + k * 10_007 + i));
      const file = join(dir, kind.name, `${kind.name}-${String(i + 1).padStart(3, '0')}.jpg`);
      await sharp(pixels, { raw: { width: sizePx, height: sizePx, channels: 3 } })
        .jpeg({ quality: 92 })
        .toFile(file);
      ctx.onProgress({ phase: 'sample', done: ++done, total });
    }
  }
  return total;
}
