/** Keeps a window on its own page, and gives it no rights that it does not need. */
import { isOwnAddress } from './address.ts';

/** The part of `webContents` that is needed. */
export interface GuardedContents {
  on(event: 'will-navigate' | 'will-redirect' | 'will-frame-navigate', listener: (details: NavigationDetails) => void): unknown;
  on(event: 'will-attach-webview', listener: (event: { preventDefault(): void }) => void): unknown;
  setWindowOpenHandler(handler: (details: { readonly url: string }) => { readonly action: 'deny' }): void;
}

export interface NavigationDetails {
  readonly url: string;
  preventDefault(): void;
}

/** The part of `session` that is needed. */
export interface GuardedSession {
  setPermissionRequestHandler(
    handler: (contents: unknown, permission: string, callback: (isGranted: boolean) => void, details: PermissionDetails) => void,
  ): void;
  setPermissionCheckHandler(handler: (contents: unknown, permission: string, origin: string, details: PermissionDetails) => boolean): void;
  setDevicePermissionHandler(handler: () => boolean): void;
}

/** Pages that may be opened in the user's browser: exactly these. */
export const externalPages = {
  onnxRuntime: 'https://onnxruntime.ai/docs/',
} as const;

/** Whether an address may be given to the system's browser. */
export function isExternalPage(address: string): boolean {
  return Object.values<string>(externalPages).includes(address);
}

/** Denies every navigation, redirection, new window and embedded page. Known pages are opened in the system's browser instead. */
export function guardContents(contents: GuardedContents, openExternal: (address: string) => void, log: (line: string) => void): void {
  const refuse = (details: NavigationDetails): void => {
    details.preventDefault();
    log(`Refused to go to ${details.url.slice(0, 200)}.`);
  };
  contents.on('will-navigate', refuse);
  contents.on('will-redirect', refuse);
  contents.on('will-frame-navigate', refuse);
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    if (isExternalPage(url)) openExternal(url);
    else log(`Refused to open ${url.slice(0, 200)}.`);
    return { action: 'deny' };
  });
}

interface PermissionDetails {
  readonly requestingUrl?: string;
  readonly isMainFrame: boolean;
}

/** Denies cameras, notifications, devices and all else that pages may ask for. Only the app's own page may write text to the clipboard, for its copy buttons. */
export function guardSession(session: GuardedSession): void {
  const isGranted = (permission: string, { requestingUrl, isMainFrame }: PermissionDetails): boolean =>
    permission === 'clipboard-sanitized-write' && isMainFrame && isOwnAddress(requestingUrl ?? '');
  session.setPermissionRequestHandler((_, permission, callback, details) => callback(isGranted(permission, details)));
  session.setPermissionCheckHandler((_, permission, _origin, details) => isGranted(permission, details));
  session.setDevicePermissionHandler(() => false);
}
