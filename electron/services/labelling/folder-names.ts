/** Names that every file system takes, no two of them alike. */

/** Devices on Windows, with any extension. */
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$/i;
// Control characters are what is meant: no file system of Windows takes them.
const forbidden = /[<>:"/\\|?*\u0000-\u001f\u007f]/g;
const maxBytes = 120;

function cut(text: string): string {
  let short = text;
  while (Buffer.byteLength(short) > maxBytes) short = Array.from(short).slice(0, -1).join('');
  return short;
}

/** The text as the name of one file or folder: without separators, leading or trailing dots, and names that Windows keeps for itself. */
export function safeName(text: string): string {
  const clean = cut(text.normalize('NFC').replace(forbidden, '_').trim())
    .replace(/^\.+/, (dots) => '_'.repeat(dots.length))
    .replace(/[. ]+$/, (end) => '_'.repeat(end.length));
  if (clean === '') return '_';
  return reserved.test(clean) ? `_${clean}` : clean;
}

/** The name, or with a number before its extension where it is taken; noted in `taken`. Case does not tell names apart. */
export function freeName(name: string, taken: Set<string>): string {
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  let free = name;
  for (let n = 2; taken.has(free.toLowerCase()); n++) free = `${stem} (${n})${extension}`;
  taken.add(free.toLowerCase());
  return free;
}
