/** Comma-separated text, RFC 4180. */

/** Quoted where a reader could take it for something else; separators of other dialects and outer spaces count. */
function cellText(cell: string): string {
  return cell === '' || /[",;\t\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** The rows as text with a line break after each. */
export function csvText(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(cellText).join(',')}\n`).join('');
}
