/** Text of files that people choose. */

/** UTF-8 or, where the file says so, UTF-16. Null for any other encoding: a guess would spoil names without anybody noticing. */
export function decodedText(bytes: Uint8Array): string | null {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
