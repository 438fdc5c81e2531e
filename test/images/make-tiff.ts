/** What a hand-made, uncompressed, one-strip TIFF holds; see TIFF 6.0. */
export interface TiffContent {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  /** 1 unsigned, 2 signed, 3 floating point. */
  readonly sampleFormat: 1 | 2 | 3;
  readonly channels: number;
  /** 1 grey with black as zero, 2 RGB, 5 CMYK. */
  readonly photometric: 1 | 2 | 5;
  readonly samples: ArrayBufferView;
  /** 0 unspecified, 1 and 2 transparency; one value per channel beyond those of the photometric. */
  readonly extraSamples?: number;
}

/** Writes a TIFF of kinds that sharp does not write. */
export function makeTiff(content: TiffContent): Buffer {
  const { width, height, channels, samples } = content;
  const pixels = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  const perChannel = (value: number): number[] => new Array<number>(channels).fill(value);
  const numExtra = channels - { 1: 1, 2: 3, 5: 4 }[content.photometric];
  const tags: [tag: number, type: 3 | 4, values: number[]][] = [
    [256, 4, [width]],
    [257, 4, [height]],
    [258, 3, perChannel(content.bits)],
    [259, 3, [1]],
    [262, 3, [content.photometric]],
    [273, 4, [8]],
    [277, 3, [channels]],
    [278, 4, [height]],
    [279, 4, [pixels.length]],
    [284, 3, [1]],
    ...(numExtra > 0 ? [[338, 3, new Array<number>(numExtra).fill(content.extraSamples ?? 0)] as [number, 3, number[]]] : []),
    [339, 3, perChannel(content.sampleFormat)],
  ];
  const directory = 8 + pixels.length;
  const valuesAt = directory + 2 + tags.length * 12 + 4;
  const head = Buffer.from([0x49, 0x49, 42, 0, 0, 0, 0, 0]);
  head.writeUInt32LE(directory, 4);
  const entries = Buffer.alloc(2 + tags.length * 12 + 4);
  entries.writeUInt16LE(tags.length);
  let outside = Buffer.alloc(0);
  tags.forEach(([tag, type, values], i) => {
    const at = 2 + i * 12;
    const bytes = Buffer.alloc(values.length * (type === 3 ? 2 : 4));
    values.forEach((value, k) => (type === 3 ? bytes.writeUInt16LE(value, k * 2) : bytes.writeUInt32LE(value, k * 4)));
    entries.writeUInt16LE(tag, at);
    entries.writeUInt16LE(type, at + 2);
    entries.writeUInt32LE(values.length, at + 4);
    if (bytes.length <= 4) bytes.copy(entries, at + 8);
    else {
      entries.writeUInt32LE(valuesAt + outside.length, at + 8);
      outside = Buffer.concat([outside, bytes]);
    }
  });
  return Buffer.concat([head, pixels, entries, outside]);
}
