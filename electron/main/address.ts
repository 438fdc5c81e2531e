/** Where the window's page lives. */

export const scheme = 'app';
export const host = 'acclimate';
export const pageAddress = `${scheme}://${host}/index.html`;

/** Whether an address is the app's own: the scheme and the host exactly, nothing else. `origin` would not tell, being 'null' for such schemes in Node. */
export function isOwnAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, host: name, username, password } = new URL(address);
  return protocol === `${scheme}:` && name === host && username === '' && password === '';
}
