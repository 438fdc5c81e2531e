/** The projects opened last, over all sittings. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { RecentView } from '../../contract/domain.ts';
import { JsonFile } from './json-file.ts';

const maxRecents = 20;

const schema = z.array(z.object({ path: z.string(), name: z.string(), openedAt: z.number(), numImages: z.number() }));

type Recent = z.infer<typeof schema>[number];

export class Recents {
  readonly #file: JsonFile<Recent[]>;

  constructor(dataDir: string) {
    this.#file = new JsonFile(join(dataDir, 'recents.json'), schema, []);
  }

  /** The last opened first. */
  list(): RecentView[] {
    return this.#file.read().map((recent) => ({ ...recent, exists: existsSync(recent.path) }));
  }

  /** Puts a project first. */
  note(recent: Recent): void {
    const others = this.#file.read().filter(({ path }) => path !== recent.path);
    this.#file.write([recent, ...others].slice(0, maxRecents));
  }

  /** Notes how many images a known project has now. */
  count(path: string, numImages: number): void {
    const all = this.#file.read();
    if (all.some((recent) => recent.path === path && recent.numImages !== numImages)) {
      this.#file.write(all.map((recent) => (recent.path === path ? { ...recent, numImages } : recent)));
    }
  }

  forget(path: string): void {
    this.#file.write(this.#file.read().filter((recent) => recent.path !== path));
  }
}
