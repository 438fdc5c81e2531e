/** What is said while the engine is away. */
export const connectionStrings = {
  restarting: 'The engine cannot be reached just now. Trying again; nothing that was saved is lost.',
  notSignedIn:
    'This window is not signed in. Open the address that the server printed when it started, or start it again with “npm run serve” and open the new one.',
  waitedTooLong: 'The engine could not be reached. Try again once the window is connected.',
  cutOff: 'The connection broke before the engine answered. Look whether the change was made before trying again.',
  unreadable: 'The answer could not be read. Load the window again; if that does not help, start the server again.',
} as const;
