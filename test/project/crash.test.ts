import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openProject } from '../../electron/project/open-project.ts';
import { runAndKill } from './killed-process.ts';
import { addImages, temporaryProject } from './temporary-project.ts';

const script = fileURLToPath(new URL('label-loop.ts', import.meta.url));

describe('a process killed while labelling', () => {
  it.each([0, 23, 90])('loses no label it had saved (%i ms)', async (delayMs) => {
    const project = temporaryProject();
    addImages(project, 5_000);
    for (const name of ['finch', 'wren']) project.classes.add({ name, colour: '' });
    project.close();
    const lines = await runAndKill(script, [project.path], delayMs);
    // The last line may be cut off by the kill.
    const saved = new Map(lines.slice(0, -1).map((line) => line.split(' ').map(Number) as [number, number]));
    const again = openProject(project.path);
    expect(again.checkIntegrity()).toEqual([]);
    const { imageIds } = again.labels.all();
    expect(imageIds.length).toBeGreaterThanOrEqual(saved.size);
    // The step after the last one printed may be saved too.
    const wrong = [...saved].filter(([imageId, classId]) => again.labels.get(imageId)?.classId !== classId);
    expect(wrong.length).toBeLessThanOrEqual(1);
    if (imageIds.length < 5_000) expect(wrong).toEqual([]);
    expect(again.labels.undo()?.imageIds).toHaveLength(1);
    again.close();
  });
});
