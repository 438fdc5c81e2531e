/** Where the app keeps what belongs to no single project. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { env, platform } from 'node:process';

/** The folder each system has for it, or `ACCLIMATE_DATA`. */
export function defaultDataDir(): string {
  const given = env['ACCLIMATE_DATA'];
  if (given !== undefined && given !== '') return given;
  if (platform === 'win32') return join(env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), 'Acclimate');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Acclimate');
  const base = env['XDG_DATA_HOME'];
  return join(base !== undefined && base !== '' ? base : join(homedir(), '.local', 'share'), 'acclimate');
}
