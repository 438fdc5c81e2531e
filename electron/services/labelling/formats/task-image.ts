/**
 * The image of a Label Studio task: an address that its server can show (labelstud.io, "Get data into Label Studio"). Tasks that are written here
 * keep the path beside it, as `path`, which comes back in every export.
 */

/** What the image may be called among a task's data, the surest first. */
const imageKeys: readonly string[] = ['path', 'image', 'img', 'picture', 'photo', 'file', 'filename', 'file_name', 'url'];
const localFiles = '/data/local-files/?d=';
/** An upload is stored under a random prefix. */
const upload = /^\/?data\/upload\/(?:\d+\/)?(?:[0-9a-f]{8}-)?([^/]+)$/;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address under which a server with access to the folder shows the image. */
function localFileAddress(path: string): string {
  return localFiles + path.split('/').map(encodeURIComponent).join('/');
}

/** The path that an address stands for, as far as it tells. */
export function pathOfAddress(address: string): string {
  const local = address.indexOf(localFiles);
  if (local >= 0) return decoded(address.slice(local + localFiles.length).split('&')[0] ?? '');
  const schemed = /^[a-z][a-z0-9+.-]+:\/\/([^?#]*)/i.exec(address);
  const path = schemed === null ? address : decoded(schemed[1] ?? '');
  const uploaded = upload.exec(path);
  return uploaded === null ? path : decoded(uploaded[1] ?? '');
}

export function isImageKey(key: string): boolean {
  return imageKeys.includes(key.toLowerCase());
}

/** The path of the image among a task's data; null where there is none. */
export function imagePathOf(data: Readonly<Record<string, unknown>>): string | null {
  const keys = Object.keys(data);
  for (const name of imageKeys) {
    const key = keys.find((each) => each.toLowerCase() === name);
    const value = key === undefined ? undefined : data[key];
    if (typeof value === 'string' && value !== '') return name === 'path' ? value : pathOfAddress(value);
  }
  return null;
}

/** The data of a task. */
export function taskData(path: string): { readonly image: string; readonly path: string } {
  return { image: localFileAddress(path), path };
}
