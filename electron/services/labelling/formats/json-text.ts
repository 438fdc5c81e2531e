/** JSON of other programs: what is wrong with it is said by line or by path. */
import type { z } from 'zod';
import { AppError } from '../../../contract/errors.ts';

const space = /[ \t\n\r]*/y;
const literal = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const plain = /[^"\\\u0000-\u001f]*/y;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** How far `pattern` (sticky) reaches from `at`; `at` where it does not fit. */
function reach(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** The end of the string that opens at `at`, or where it breaks. */
function stringEnd(text: string, at: number): { readonly end: number; readonly isWhole: boolean } {
  for (let end = at + 1; ;) {
    end = reach(plain, text, end);
    if (text[end] === '"') return { end: end + 1, isWhole: true };
    const next = reach(escape, text, end);
    if (next === end) return { end, isWhole: false };
    end = next;
  }
}

/** The first character that cannot stand there; the length where the text ends too early. Loops, since nesting may be as deep as the text is long. */
function faultAt(text: string): number {
  const open: string[] = [];
  let awaited = 'value' as 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'more';
  for (let at = 0; ;) {
    at = reach(space, text, at);
    const char = text[at] ?? '';
    const inObject = open.at(-1) === '}';
    if (char === '' || (awaited === 'more' && open.length === 0)) return at;
    const mayEnd = awaited === 'more' || awaited === 'value-or-end' || awaited === 'key-or-end';
    if (mayEnd && char === open.at(-1)) {
      open.pop();
      awaited = 'more';
      at++;
    } else if (awaited === 'more') {
      if (char !== ',') return at;
      awaited = inObject ? 'key' : 'value';
      at++;
    } else if (awaited === 'colon') {
      if (char !== ':') return at;
      awaited = 'value';
      at++;
    } else if (char === '"') {
      const { end, isWhole } = stringEnd(text, at);
      if (!isWhole) return end;
      at = end;
      awaited = awaited === 'key' || awaited === 'key-or-end' ? 'colon' : 'more';
    } else if (awaited === 'key' || awaited === 'key-or-end') {
      return at;
    } else if (char === '[' || char === '{') {
      open.push(char === '[' ? ']' : '}');
      awaited = char === '[' ? 'value-or-end' : 'key-or-end';
      at++;
    } else {
      const end = reach(literal, text, at);
      if (end === at) return at;
      at = end;
      awaited = 'more';
    }
  }
}

/** 1 for what is before the first line break. */
export function lineAt(text: string, at: number): number {
  let line = 1;
  for (let next = text.indexOf('\n'); next >= 0 && next < at; next = text.indexOf('\n', next + 1)) line++;
  return line;
}

/** The value of the text. Throws `invalid-input` with the line of the fault; `firstLine` is the number of the text's own first line. */
export function parseJson(name: string, text: string, firstLine = 1): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const at = faultAt(text);
    const line = firstLine - 1 + lineAt(text, at);
    const found = at >= text.trimEnd().length ? 'it ends too early' : `${JSON.stringify(text.slice(at, at + 12))} cannot stand there`;
    throw new AppError('invalid-input', `${name}, line ${line}: this is not valid JSON, ${found}.`, { cause });
  }
}

/** `images[3].file_name`, whatever the parts are. */
export function placeOf(start: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (place, part) => (typeof part === 'number' ? `${place}[${part}]` : place === '' ? String(part) : `${place}.${String(part)}`),
    start,
  );
}

/** The value as the schema has it. Throws `invalid-input` with the path of what does not fit; `start` is the path of the value itself. */
export function checked<Value>(schema: z.ZodType<Value>, value: unknown, name: string, start: string): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = placeOf(start, issue?.path ?? []);
  throw new AppError('invalid-input', `${name}, at ${place === '' ? 'the top' : place}: ${issue?.message ?? 'not as expected'}.`);
}
