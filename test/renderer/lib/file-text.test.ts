import { expect, it } from 'vitest';
import { decodedText } from '../../../renderer/lib/file-text.ts';

const utf16 = (text: string): Uint8Array => new Uint8Array(Uint16Array.from(`\ufeff${text}`, (each) => each.charCodeAt(0)).buffer);

it('reads UTF-8 and marked UTF-16, and no other encoding by guessing', () => {
  expect(decodedText(new TextEncoder().encode('a,Blé'))).toBe('a,Blé');
  expect(decodedText(utf16('a,Blé'))).toBe('a,Blé');
  expect(decodedText(utf16('a,Blé').map((_, i, all) => all[i ^ 1] ?? 0))).toBe('a,Blé');
  expect(decodedText(Uint8Array.of(0x61, 0x2c, 0x42, 0xe9))).toBeNull();
});
