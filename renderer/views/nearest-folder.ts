/** Where to begin looking for a folder that may be gone. */

/** The path and the folders it lies in, the innermost first; null, for the place to start from, is the last. Takes paths of either kind of system. */
export function placesToStart(path: string | null): (string | null)[] {
  if (path === null) return [null];
  const places: string[] = [path];
  for (;;) {
    const last = places.at(-1) ?? '';
    const cut = Math.max(last.lastIndexOf('/'), last.lastIndexOf('\\'));
    const parent = last.slice(0, cut);
    if (cut <= 0 || /^[A-Za-z]:$/.test(parent)) return [...places, null];
    places.push(parent);
  }
}

/** What `list` tells of the first of these places that it can tell of. Throws what it threw for the last. */
export async function nearestFolder<Listing>(path: string | null, list: (path: string | null) => Promise<Listing>): Promise<Listing> {
  const [first, ...others] = placesToStart(path);
  let found = list(first ?? null);
  for (const place of others) found = found.catch(() => list(place));
  return await found;
}
