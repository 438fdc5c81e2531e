/** How the parts of Explore get at its state. */
import { createContext } from 'svelte';
import type { Explore } from './explore.svelte.ts';

const [getExplore, setExplore] = createContext<Explore>();

export { getExplore, setExplore };
