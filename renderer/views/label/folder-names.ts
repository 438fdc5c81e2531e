/** Names of the folders right above images, each once, in order; images in no folder have none. */
export function folderNames(relativePaths: readonly string[]): string[] {
  const names = relativePaths.flatMap((path) => path.split('/').slice(-2, -1));
  return [...new Set(names)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}
