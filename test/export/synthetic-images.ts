/** Pictures to classify: stripes and colours that differ from picture to picture, with a little noise. */
import { createRandom } from '../../electron/tensor/random.ts';

/** An RGB picture, uint8 [height, width, 3]. */
export function textured(width: number, height: number, seed: number): Uint8Array {
  const random = createRandom(seed);
  const waves = [0, 1, 2].map(() => ({ x: 6 * random.next(), y: 6 * random.next(), mean: 60 + 130 * random.next(), phase: random.next() }));
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      waves.forEach((wave, c) => {
        const angle = 2 * Math.PI * ((wave.x * x) / width + (wave.y * y) / height + wave.phase);
        data[(y * width + x) * 3 + c] = Math.min(
          255,
          Math.max(0, Math.round(wave.mean + 60 * Math.sin(angle) + 30 * (random.next() - 0.5))),
        );
      });
    }
  }
  return data;
}
