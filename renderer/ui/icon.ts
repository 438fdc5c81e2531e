import type { LucideIcon } from '@lucide/svelte';

/** An icon as its component: `import Check from '@lucide/svelte/icons/check'`. Import them one by one, so that only those used are built. */
export type Icon = LucideIcon;

/** Sizes in px at which icons stay crisp beside text of 12, 13 and 16 px; the stroke is 1.75 px throughout. */
export const iconSizes = { sm: 14, md: 16, lg: 20 } as const;
