/** Names of what crosses between Electron's main process and its window. */
export const channels = {
  call: 'engine.call',
  pickFolder: 'dialogs.pickFolder',
  pickFile: 'dialogs.pickFile',
  reveal: 'files.reveal',
  connection: 'connection.read',
  connectionChanged: 'connection.changed',
  eventRaised: 'event.raised',
} as const;
