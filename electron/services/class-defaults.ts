/** What a class gets where nothing is said: a colour and a key. */

/**
 * Colours for classes: the first seven are those of Okabe and Ito (2008), the further ones each the farthest from all before it for colour-blind
 * and other eyes. The window draws clusters with the same list.
 */
export const palette: readonly string[] = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#d55e00',
  '#f0e442',
  '#693c2d',
  '#5af0d2',
  '#2d0fe1',
  '#5a2d96',
  '#b44bff',
  '#964b78',
  '#96c396',
  '#96d2ff',
  '#d200b4',
  '#b43c0f',
  '#870f69',
  '#b4e196',
  '#7896ff',
];

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'] as const;

/** The first colour that no class has yet; after the last, as if from the start. */
export function nextColour(classes: readonly { readonly colour: string }[]): string {
  const taken = new Set(classes.map(({ colour }) => colour.toLowerCase()));
  return palette.find((colour) => !taken.has(colour)) ?? palette[classes.length % palette.length] ?? '#777777';
}

/** The first number key that is free, or null. */
export function nextKey(classes: readonly { readonly key: string | null }[]): string | null {
  const taken = new Set(classes.map(({ key }) => key));
  return keys.find((key) => !taken.has(key)) ?? null;
}
