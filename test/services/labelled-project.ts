/** A project of small striped pictures whose class anyone can see, labelled as asked. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import sharp from 'sharp';
import type { AppJobContext } from '../../electron/services/app-jobs/app-job.ts';
import { importFolders } from '../../electron/services/intake/import-folder.ts';
import { ensureBase } from '../../electron/services/adaptation/models.ts';
import { openWorkspace } from '../../electron/services/workspace.ts';
import type { Workspace } from '../../electron/services/workspace.ts';
import { createRandom } from '../../electron/tensor/random.ts';
import { temporaryFolder } from '../project/temporary-project.ts';
import { hostOf } from './fake-host.ts';
import type { FakeHost } from './fake-host.ts';

const side = 32;
const colours: Readonly<Record<string, readonly [number, number, number]>> = {
  red: [210, 40, 40],
  blue: [40, 60, 210],
  green: [40, 190, 60],
};

async function drawPicture(path: string, colour: string, seed: number): Promise<void> {
  const random = createRandom(seed);
  const base = colours[colour]!;
  const data = Uint8Array.from({ length: side * side * 3 }, (_, at) => base[at % 3]! + random.int(40) - 20);
  await sharp(data, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toFile(path);
}

export interface LabelledProject {
  readonly folder: string;
  readonly workspace: Workspace;
  readonly host: FakeHost & { readonly allow: (path: string) => string };
  /** Ids of the images of one colour, in the order of their names. */
  readonly ids: (colour: string) => number[];
  readonly classId: (name: string) => number;
}

/** Imports `counts[colour]` pictures of every colour and makes a class and an untrained network; nothing is labelled or kept apart. */
export async function pictureProject(counts: Readonly<Record<string, number>>): Promise<LabelledProject> {
  const folder = temporaryFolder();
  const images = join(folder, 'pictures');
  let seed = 1;
  for (const [colour, count] of Object.entries(counts)) {
    mkdirSync(join(images, colour), { recursive: true });
    for (let i = 0; i < count; i++) await drawPicture(join(images, colour, `${colour}-${String(i).padStart(2, '0')}.png`), colour, seed++);
  }
  const workspace = openWorkspace({ projectPath: join(folder, 'pictures.acclimate'), create: true, cacheDir: join(folder, 'cache') });
  onTestFinished(() => workspace.close());
  await importFolders(workspace, [images]);
  ensureBase(workspace, 'scratch:tiny', 1);
  const { project } = workspace;
  const classIds = new Map(
    Object.keys(counts).map((name, i) => [
      name,
      project.classes.add({ name, colour: ['#cc0000', '#0000cc', '#00cc00'][i]!, key: null }).id,
    ]),
  );
  return {
    folder,
    workspace,
    host: { ...hostOf(workspace, folder), allow: (path) => path },
    ids: (colour) => {
      const found = project.images.getMany(project.images.find({ text: `${colour}/` }));
      return found.toSorted((a, b) => (a.relativePath < b.relativePath ? -1 : 1)).map(({ id }) => id);
    },
    classId: (name) => classIds.get(name)!,
  };
}

/** Runs an app job at once, on the test's own thread. */
export const jobContext = (signal = new AbortController().signal): AppJobContext => ({
  signal,
  finish: new AbortController().signal,
  onProgress: () => undefined,
  onTraining: () => undefined,
  onChanged: () => undefined,
});
