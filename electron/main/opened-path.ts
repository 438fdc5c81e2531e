/** What the system or a second start of the app asks to open. */
import { resolve } from 'node:path';

export type OpenRequest =
  { readonly name: 'project.open'; readonly path: string } | { readonly name: 'project.openFolder'; readonly path: string };

/** Project files have this ending. */
export const projectExtension = 'acclimate';

/** The call that opens a path. */
export function openRequest(path: string): OpenRequest {
  const isProject = path.toLowerCase().endsWith(`.${projectExtension}`);
  return { name: isProject ? 'project.open' : 'project.openFolder', path };
}

/** The path among a command line's arguments, made absolute, or null. The first `numOwn` start the app; switches are Chromium's. */
export function pathInArguments(args: readonly string[], numOwn: number, workingDir: string): string | null {
  const path = args.slice(numOwn).find((argument) => argument !== '' && !argument.startsWith('-'));
  return path === undefined ? null : resolve(workingDir, path);
}
