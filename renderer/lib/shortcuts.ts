/** Every keyboard shortcut, in one table: what listens and what the help shows come from here. */
import { strings } from './strings.ts';

export type ShortcutScope = 'everywhere' | 'images' | 'viewer' | 'explore' | 'label';

export interface Shortcut {
  /** Alternatives, for instance '$mod+Shift+Z'; '$mod' is Ctrl, and Cmd on a Mac. Single characters are what is typed, whatever key types it. */
  readonly keys: readonly string[];
  readonly scope: ShortcutScope;
  readonly title: string;
}

const { shortcuts: titles } = strings;

export const shortcuts = {
  help: { keys: ['?'], scope: 'everywhere', title: titles.help },
  goImages: { keys: ['Alt+1'], scope: 'everywhere', title: titles.goImages },
  goAdapt: { keys: ['Alt+2'], scope: 'everywhere', title: titles.goAdapt },
  goExplore: { keys: ['Alt+3'], scope: 'everywhere', title: titles.goExplore },
  goLabel: { keys: ['Alt+4'], scope: 'everywhere', title: titles.goLabel },
  goTrain: { keys: ['Alt+5'], scope: 'everywhere', title: titles.goTrain },
  goCheck: { keys: ['Alt+6'], scope: 'everywhere', title: titles.goCheck },
  goExport: { keys: ['Alt+7'], scope: 'everywhere', title: titles.goExport },
  undo: { keys: ['$mod+Z'], scope: 'everywhere', title: titles.undo },
  redo: { keys: ['$mod+Shift+Z', '$mod+Y'], scope: 'everywhere', title: titles.redo },
  jobs: { keys: ['$mod+J'], scope: 'everywhere', title: titles.jobs },

  search: { keys: ['$mod+F'], scope: 'images', title: titles.search },
  selectAll: { keys: ['$mod+A'], scope: 'images', title: titles.selectAll },
  clearSelection: { keys: ['Escape'], scope: 'images', title: titles.clearSelection },
  openViewer: { keys: ['Enter', ' '], scope: 'images', title: titles.openViewer },
  moveLeft: { keys: ['ArrowLeft'], scope: 'images', title: titles.move },
  moveRight: { keys: ['ArrowRight'], scope: 'images', title: titles.move },
  moveUp: { keys: ['ArrowUp'], scope: 'images', title: titles.move },
  moveDown: { keys: ['ArrowDown'], scope: 'images', title: titles.move },
  extend: { keys: ['Shift+ArrowLeft', 'Shift+ArrowRight', 'Shift+ArrowUp', 'Shift+ArrowDown'], scope: 'images', title: titles.extend },
  pageUp: { keys: ['PageUp'], scope: 'images', title: titles.page },
  pageDown: { keys: ['PageDown'], scope: 'images', title: titles.page },
  first: { keys: ['Home'], scope: 'images', title: titles.firstLast },
  last: { keys: ['End'], scope: 'images', title: titles.firstLast },
  findClass: { keys: ['/'], scope: 'images', title: titles.labelFind },
  excludeImages: { keys: ['x'], scope: 'images', title: titles.exclude },
  clearLabels: { keys: ['Backspace', 'Delete'], scope: 'images', title: titles.clearLabels },
  similar: { keys: ['s'], scope: 'images', title: titles.similar },
  showOnMap: { keys: ['m'], scope: 'images', title: titles.showOnMap },

  zoomIn: { keys: ['+', '='], scope: 'viewer', title: titles.zoomIn },
  zoomOut: { keys: ['-'], scope: 'viewer', title: titles.zoomOut },
  zoomFit: { keys: ['0'], scope: 'viewer', title: titles.zoomFit },
  stretch: { keys: ['c'], scope: 'viewer', title: titles.stretch },
  closeViewer: { keys: ['Escape'], scope: 'viewer', title: titles.closeViewer },
  previousImage: { keys: ['ArrowLeft'], scope: 'viewer', title: titles.previousImage },
  nextImage: { keys: ['ArrowRight'], scope: 'viewer', title: titles.nextImage },

  mapLasso: { keys: ['l'], scope: 'explore', title: titles.mapLasso },
  mapBox: { keys: ['b'], scope: 'explore', title: titles.mapBox },
  mapPan: { keys: ['h'], scope: 'explore', title: titles.mapPan },
  mapFit: { keys: ['f'], scope: 'explore', title: titles.mapFit },
  mapZoomIn: { keys: ['+', '='], scope: 'explore', title: titles.zoomIn },
  mapZoomOut: { keys: ['-'], scope: 'explore', title: titles.zoomOut },
  mapCompare: { keys: ['a'], scope: 'explore', title: titles.mapCompare },
  mapClear: { keys: ['Escape'], scope: 'explore', title: titles.clearSelection },
  mapMove: { keys: ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'], scope: 'explore', title: titles.mapMove },
  mapPick: { keys: ['Enter'], scope: 'explore', title: titles.mapPick },
  mapSimilar: { keys: ['s'], scope: 'explore', title: titles.similar },
  mapExclude: { keys: ['x'], scope: 'explore', title: titles.exclude },
  mapFindClass: { keys: ['/'], scope: 'explore', title: titles.labelFind },
  mapToGrid: { keys: ['g'], scope: 'explore', title: titles.mapToGrid },

  labelPrevious: { keys: ['ArrowLeft'], scope: 'label', title: titles.labelPrevious },
  labelNext: { keys: ['ArrowRight'], scope: 'label', title: titles.labelNext },
  labelSkip: { keys: [' '], scope: 'label', title: titles.labelSkip },
  labelAccept: { keys: ['Enter'], scope: 'label', title: titles.labelAccept },
  labelExclude: { keys: ['x', 'X'], scope: 'label', title: titles.exclude },
  labelUndo: { keys: ['u', 'U'], scope: 'label', title: titles.undo },
  labelFind: { keys: ['/'], scope: 'label', title: titles.labelFind },
  labelNewClass: { keys: ['n'], scope: 'label', title: titles.labelNewClass },
  labelNextWall: { keys: ['PageDown'], scope: 'label', title: titles.labelNextWall },
  labelWall: { keys: ['w'], scope: 'label', title: titles.labelWall },
  labelClear: { keys: ['Backspace', 'Delete'], scope: 'label', title: titles.clearLabels },
} as const satisfies Readonly<Record<string, Shortcut>>;

export type ShortcutId = keyof typeof shortcuts;

/** What of a keyboard event decides. */
export type KeyPress = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/** Whether an event is this combination. Shift counts only where it is named, or where no character says it already. */
export function matches(combination: string, event: KeyPress, isMac: boolean): boolean {
  const parts = combination === '+' ? ['+'] : combination.split('+');
  const key = parts.at(-1) ?? '';
  const modifiers = new Set(parts.slice(0, -1));
  const mod = isMac ? event.metaKey : event.ctrlKey;
  const otherMod = isMac ? event.ctrlKey : event.metaKey;
  if (mod !== modifiers.has('$mod') || otherMod || event.altKey !== modifiers.has('Alt')) return false;
  const isCharacter = key.length === 1;
  if (isCharacter && modifiers.size > 0) return event.key.toLowerCase() === key.toLowerCase() && event.shiftKey === modifiers.has('Shift');
  if (isCharacter) return event.key === key;
  return event.key === key && event.shiftKey === modifiers.has('Shift');
}

/** The first shortcut of these scopes that the event is, the innermost scope first. */
export function findShortcut(event: KeyPress, scopes: readonly ShortcutScope[], isMac: boolean): ShortcutId | null {
  for (const scope of scopes) {
    for (const [id, shortcut] of Object.entries(shortcuts) as [ShortcutId, Shortcut][]) {
      if (shortcut.scope === scope && shortcut.keys.some((keys) => matches(keys, event, isMac))) return id;
    }
  }
  return null;
}
