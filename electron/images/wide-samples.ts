/** Decoded samples of more than 8 bits, interleaved; 2 or 4 channels end in alpha. */
export interface WideImage {
  readonly samples: Uint16Array | Float32Array;
  readonly channels: number;
}

const numBins = 65536;

/** The share of samples at each end that may lie outside the displayed range, so that a few hot or dead pixels do not darken an image. */
const defaultClippedShare = 1e-4;

/** Full scales of the sensors that write 16-bit files: 8, 10, 12, 14 and 16 bits. */
const fullScales = [255, 1023, 4095, 16383, 65535] as const;

function finiteRange(samples: Float32Array): readonly [low: number, high: number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of samples) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 0];
}

/** Samples as bins 0..65535: 16-bit values as they are, floating point spread over its own range; what is not a number becomes the least. */
export function toBins(samples: Uint16Array | Float32Array): Uint16Array {
  if (samples instanceof Uint16Array) return samples;
  const [low, high] = finiteRange(samples);
  const scale = high > low ? (numBins - 1) / (high - low) : 0;
  return Uint16Array.from(samples, (value) => Math.min(numBins - 1, Math.max(0, Math.round((value - low) * scale))) || 0);
}

/** The bins below and above which no more than `clippedShare` of the colour samples lie. */
function usedRange(bins: Uint16Array, channels: number, clippedShare: number): readonly [low: number, high: number] {
  const counts = new Uint32Array(numBins);
  const numColours = channels > 2 ? 3 : 1;
  for (let i = 0; i < bins.length; i += channels) {
    for (let c = 0; c < numColours; c++) {
      const bin = bins[i + c] ?? 0;
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
  }
  const allowed = Math.floor((bins.length / channels) * numColours * clippedShare);
  let low = 0;
  for (let seen = counts[0] ?? 0; seen <= allowed && low < numBins - 1; seen += counts[low] ?? 0) low++;
  let high = numBins - 1;
  for (let seen = counts[high] ?? 0; seen <= allowed && high > 0; seen += counts[high] ?? 0) high--;
  return [low, high];
}

/**
 * Brings samples of more than 8 bits to 8, linearly, one image at a time:
 *
 * - grey and floating point: the range the image uses (all but 0.01 % of its samples at each end) becomes 0..255, as microscopy viewers
 *   show it, so that a 12-bit image stored in 16 bits keeps its contrast. Absolute brightness across images is not kept;
 * - 16-bit colour: 0 stays 0 and the smallest of the full scales 2^8-1, 2^10-1, 2^12-1, 2^14-1, 2^16-1 that holds the image becomes 255, so
 *   that colours keep their balance and a true 16-bit photograph looks like its 8-bit version.
 *
 * Alpha of 16 bits keeps its upper 8.
 *
 * @param clippedShare of the samples at each end that may lie outside; the default is what networks see
 * @returns interleaved samples, as many channels as came in
 */
export function toEightBits(image: WideImage, clippedShare = defaultClippedShare): Uint8Array {
  const bins = toBins(image.samples);
  const { channels } = image;
  let [low, high] = usedRange(bins, channels, clippedShare);
  if (channels > 2 && image.samples instanceof Uint16Array) {
    const brightest = high;
    low = 0;
    high = fullScales.find((scale) => scale >= brightest) ?? numBins - 1;
  }
  const table = Uint8Array.from({ length: numBins }, (_, bin) => {
    if (high <= low) return bin >> 8;
    return Math.min(255, Math.max(0, Math.round(((bin - low) * 255) / (high - low))));
  });
  const alphaAt = channels % 2 === 0 ? channels - 1 : -1;
  const out = new Uint8Array(bins.length);
  for (let i = 0; i < bins.length; i += channels) {
    for (let c = 0; c < channels; c++) {
      const bin = bins[i + c] ?? 0;
      out[i + c] = c === alphaAt ? bin >> 8 : (table[bin] ?? 0);
    }
  }
  return out;
}
