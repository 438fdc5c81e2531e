/** What a class gets where nothing is said: a colour and a key. */
import { classPalette } from '../../contract/class-palette.ts';

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'] as const;

/** The first colour that no class has yet; after the last, as if from the start. */
export function nextColour(classes: readonly { readonly colour: string }[]): string {
  const taken = new Set(classes.map(({ colour }) => colour.toLowerCase()));
  return classPalette.find((colour) => !taken.has(colour)) ?? classPalette[classes.length % classPalette.length] ?? '#777777';
}

/** The first number key that is free, or null. */
export function nextKey(classes: readonly { readonly key: string | null }[]): string | null {
  const taken = new Set(classes.map(({ key }) => key));
  return keys.find((key) => !taken.has(key)) ?? null;
}
