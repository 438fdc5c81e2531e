/** How fast this machine has been found to adapt. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { ModelRecord } from '../../project/models.ts';
import { JsonFile } from '../projects/json-file.ts';

export interface SpeedKey {
  readonly arch: string;
  readonly method: string;
  readonly px: number;
  readonly device: string;
}

const schema = z.record(z.string(), z.number().positive());
const settingsSchema = z.object({ normOnly: z.boolean() });
const reportSchema = z.object({ imagesPerSecond: z.number().positive() });

/** The machine is part of the key: a data folder may be shared by several. */
function keyText({ arch, method, px, device }: SpeedKey): string {
  return [arch, method, px, device, `${availableParallelism()} cores`].join(' ');
}

export class Speeds {
  readonly #file: JsonFile<Record<string, number>>;

  constructor(dataDir: string) {
    this.#file = new JsonFile(join(dataDir, 'speeds.json'), schema, {});
  }

  /** Images per second, or null where it was never measured. */
  get(key: SpeedKey): number | null {
    return this.#file.read()[keyText(key)] ?? null;
  }

  set(key: SpeedKey, imagesPerSecond: number): void {
    this.#file.write({ ...this.#file.read(), [keyText(key)]: imagesPerSecond });
  }

  /** Takes in what the newest adaptation of all layers reached. */
  learn(models: readonly ModelRecord[], device: string): void {
    const newest = models.findLast((model) => model.kind === 'adapted');
    const report = reportSchema.safeParse(newest?.metrics);
    const settings = settingsSchema.safeParse(newest?.settings);
    // Normalisation layers alone train faster.
    if (newest !== undefined && report.success && !(settings.success && settings.data.normOnly)) {
      this.set({ arch: newest.arch, method: newest.method, px: newest.px, device }, report.data.imagesPerSecond);
    }
  }
}
