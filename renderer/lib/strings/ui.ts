/** Words that the primitives say by themselves; everything else they are told. */
export const uiStrings = {
  close: 'Close',
  cancel: 'Cancel',
  dismiss: 'Dismiss',
  clear: 'Clear',
  noMatch: 'Nothing found',
  typeToCreate: 'Type a name to make one.',
  create: (name: string) => `Create “${name}”`,
  notifications: 'Notifications',
  resize: (panel: string) => `Resize ${panel}`,
  sortBy: (column: string) => `Sort by ${column}`,
  increase: 'Increase',
  decrease: 'Decrease',
  steps: 'Steps',
  status: { todo: 'Not started', next: 'Next step', running: 'Running', done: 'Done', warning: 'Needs attention' },
  skipToContent: 'Skip to content',
} as const;
