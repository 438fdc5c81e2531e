/** Run as a process of its own: labels images one at a time for ever, printing each image once its label is committed. */
import { openProject } from '../../electron/project/open-project.ts';

const project = openProject(process.argv[2] ?? '');
const ids = project.images.usable();
const classIds = project.classes.list().map((each) => each.id);
for (let step = 0; ; step++) {
  const id = ids[step % ids.length] ?? 0;
  const classId = classIds[Math.floor(step / ids.length) % classIds.length] ?? 0;
  project.labels.assign([id], classId);
  process.stdout.write(`${id} ${classId}\n`);
}
