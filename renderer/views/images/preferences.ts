/** How a person likes the grid: kept in the browser, apart from any project. */

export interface GridPreferences {
  /** Least width of a cell, px. */
  readonly cellSize: number;
  /** Whole pictures instead of filled squares. */
  readonly isWhole: boolean;
}

export const minCellSize = 56;
export const maxCellSize = 320;

const storageKey = 'acclimate.images';
const usual: GridPreferences = { cellSize: 144, isWhole: false };

/** What was kept, or what is usual where nothing was or it makes no sense. */
export function parsePreferences(text: string | null): GridPreferences {
  if (text === null) return usual;
  try {
    const kept = JSON.parse(text) as Partial<Record<keyof GridPreferences, unknown>> | null;
    const cellSize = Number(kept?.cellSize);
    return {
      cellSize: Number.isFinite(cellSize) ? Math.max(minCellSize, Math.min(maxCellSize, Math.round(cellSize))) : usual.cellSize,
      isWhole: kept?.isWhole === true,
    };
  } catch {
    return usual;
  }
}

export function loadPreferences(): GridPreferences {
  return parsePreferences(localStorage.getItem(storageKey));
}

export function savePreferences(preferences: GridPreferences): void {
  localStorage.setItem(storageKey, JSON.stringify(preferences));
}
