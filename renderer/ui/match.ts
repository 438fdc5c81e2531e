/** How well `text` answers the typed `query`, higher is better; 0: not at all. Exact, then prefix, then start of a word, then anywhere, then letters in order. */
export function matchScore(query: string, text: string): number {
  const wanted = query.trim().toLowerCase();
  const given = text.toLowerCase();
  if (wanted === '') return 1;
  if (given === wanted) return 6;
  if (given.startsWith(wanted)) return 5;
  if (given.split(/[\s_\-/.]+/).some((word) => word.startsWith(wanted))) return 4;
  if (given.includes(wanted)) return 3;
  let at = -1;
  for (const letter of wanted) {
    at = given.indexOf(letter, at + 1);
    if (at < 0) return 0;
  }
  return 2;
}

/** The items that answer `query`, best first, otherwise in their order. */
export function matching<Item extends { readonly label: string }>(query: string, items: readonly Item[]): Item[] {
  return items
    .map((item, index) => ({ item, index, score: matchScore(query, item.label) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .map(({ item }) => item);
}
