/// <reference lib="dom" />
/** What an automatic scan finds wrong with a screen, in light and in dark. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Axe {
  run(options: RunOptions): Promise<AxeResults>;
}

/** The serious and critical findings of what is shown now, each as a line; empty where there is none. */
export async function findings(page: Page, screen: string): Promise<string[]> {
  const found: string[] = [];
  // The tools of the browser may evaluate what the page itself may not.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(source);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const violations = await page.evaluate(async () => {
      // Colours that still fade from one scheme to the other are those of neither.
      await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
      const { axe } = globalThis as unknown as { axe: Axe };
      return (await axe.run({ resultTypes: ['violations'] })).violations;
    });
    for (const { id, impact, nodes } of violations) {
      if (impact !== 'serious' && impact !== 'critical') continue;
      for (const node of nodes)
        found.push(`${screen}, ${colorScheme}: ${id} (${impact}) at ${node.target.join(' ')}: ${node.failureSummary ?? ''}`);
    }
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  return found;
}
