/**
 * A strict reader of the part of XML 1.0 that annotation files use, written here because all of it is some hundred lines and its safety lies in
 * what it cannot do: a document type is refused, so that there are no entities but the five that XML names and those of numbers. Nothing is
 * fetched and nothing expands. It tells of elements as they come and keeps no tree.
 */
import { AppError } from '../../../contract/errors.ts';
import { lineAt } from './json-text.ts';

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Characters before it in the file. */
  readonly at: number;
}

export interface XmlHandler {
  /** `parents` are the names of what it lies in, outermost first. */
  readonly onOpen: (element: XmlElement, parents: readonly string[]) => void;
  readonly onClose: (name: string, parents: readonly string[]) => void;
}

const maxDepth = 64;
const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', apos: "'", quot: '"' };
const nameAt = /[\p{L}_:][\p{L}\p{N}._:-]*/uy;
const spaceAt = /[ \t\r\n]*/y;

function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}

/** The text with its entities resolved; null where one is none of XML's own. */
function resolved(text: string): string | null {
  let numUnknown = 0;
  const result = text.replaceAll(/&([^;&]{0,40};?)/g, (_, entity: string) => {
    const name = entity.endsWith(';') ? entity.slice(0, -1) : '';
    const digits = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name);
    if (digits !== null) {
      const code = digits[1] === undefined ? Number(digits[2]) : parseInt(digits[1], 16);
      if (isCharacter(code)) return String.fromCodePoint(code);
    } else if (Object.hasOwn(named, name)) {
      return named[name] ?? '';
    }
    numUnknown++;
    return '';
  });
  return numUnknown === 0 ? result : null;
}

/** Reads the file from start to end. Throws `invalid-input` with the line of what is not well-formed or not allowed. */
export function readXml(fileName: string, text: string, handler: XmlHandler): void {
  const open: string[] = [];
  let at = text.startsWith('\ufeff') ? 1 : 0;
  let numRoots = 0;
  const fail = (why: string, place = at): never => {
    throw new AppError('invalid-input', `${fileName}, line ${lineAt(text, place)}: ${why}.`);
  };
  const skip = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? '';
    at += found.length;
    return found;
  };
  const past = (end: string, what: string): void => {
    const found = text.indexOf(end, at);
    at = found < 0 ? fail(`${what} never ends`) : found + end.length;
  };
  const attributes = (element: string): Map<string, string> => {
    const values = new Map<string, string>();
    for (;;) {
      const gap = skip(spaceAt);
      const char = text[at];
      if (char === '>' || char === '/' || char === '?' || char === undefined) return values;
      if (gap === '') fail(`a space is missing in <${element}>`);
      const name = skip(nameAt);
      if (name === '') fail(`<${element}> has something that is no attribute`);
      skip(spaceAt);
      if (text[at] !== '=') fail(`the attribute ${name} of <${element}> has no value`);
      at++;
      skip(spaceAt);
      const quote = text[at] ?? '';
      if (quote !== '"' && quote !== "'") fail(`the value of ${name} in <${element}> needs quotes`);
      const end = text.indexOf(quote, at + 1);
      if (end < 0) fail(`the value of ${name} in <${element}> never ends`);
      const raw = text.slice(at + 1, end);
      if (raw.includes('<')) fail(`the value of ${name} in <${element}> holds a “<”`);
      // Line breaks and tabs as such count as spaces (XML 1.0, 3.3.3); written as numbers they stay.
      const value = resolved(raw.replaceAll(/\r\n|[\t\r\n]/g, ' ')) ?? fail(`the value of ${name} in <${element}> has an unknown entity`);
      if (values.has(name)) fail(`<${element}> has ${name} twice`);
      values.set(name, value);
      at = end + 1;
    }
  };
  const tag = (): void => {
    const start = at;
    at++;
    const name = skip(nameAt);
    if (name === '') fail('a “<” stands alone', start);
    if (open.length === 0 && numRoots > 0) fail('something follows the end of the document', start);
    if (open.length >= maxDepth) fail(`elements are nested more than ${maxDepth} deep`, start);
    const element = { name, attributes: attributes(name), at: start };
    if (open.length === 0) numRoots++;
    const isEmpty = text[at] === '/';
    if (isEmpty) at++;
    if (text[at] !== '>') fail(`<${name}> never ends`, start);
    at++;
    handler.onOpen(element, open);
    if (isEmpty) handler.onClose(name, open);
    else open.push(name);
  };
  const endTag = (): void => {
    at += 2;
    const name = skip(nameAt);
    skip(spaceAt);
    if (text[at] !== '>') fail(`</${name}> never ends`);
    at++;
    const opened = open.pop();
    if (opened !== name) fail(`</${name}> closes ${opened === undefined ? 'nothing' : `<${opened}>`}`);
    handler.onClose(name, open);
  };
  const content = (): void => {
    const next = text.indexOf('<', at);
    const raw = text.slice(at, next < 0 ? undefined : next);
    if (open.length === 0 && raw.trim() !== '') fail('there is text outside of the document');
    if (raw.includes('&') && resolved(raw) === null) fail('an unknown entity is used');
    at = next < 0 ? text.length : next;
  };
  if (text.startsWith('<?xml', at)) past('?>', 'the declaration');
  while (at < text.length) {
    if (text[at] !== '<') content();
    else if (text.startsWith('<!--', at)) past('-->', 'a comment');
    else if (text.startsWith('<![CDATA[', at) && open.length > 0) past(']]>', 'a CDATA section');
    else if (text.startsWith('<!', at)) fail('a document type or entity is declared, which is refused; take it out');
    else if (text.startsWith('<?', at)) fail('a processing instruction is refused; take it out');
    else if (text.startsWith('</', at)) endTag();
    else tag();
  }
  if (open.length > 0) fail(`<${open.at(-1) ?? ''}> is never closed`);
  if (numRoots === 0) fail('there is no element');
}

/** Whether XML 1.0 can hold the text at all: it has no way to write most control characters. */
export function fitsXml(text: string): boolean {
  return Array.from(text).every((char) => isCharacter(char.codePointAt(0) ?? 0));
}

/** The text as XML, in an element or in quotes. Line breaks and tabs are written as numbers, which readers leave as they are. */
export function xmlText(text: string): string {
  const escapes: Readonly<Record<string, string>> = {
    '<': '&lt;',
    '>': '&gt;',
    '&': '&amp;',
    '"': '&quot;',
    '\t': '&#9;',
    '\n': '&#10;',
    '\r': '&#13;',
  };
  return text.replaceAll(/[<>&"\t\n\r]/g, (char) => escapes[char] ?? char);
}
