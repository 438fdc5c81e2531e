/** Run as a process of its own: a job that keeps one large checkpoint after another, printing each once it is kept. */
import { runJob } from '../../electron/jobs/run-job.ts';
import { openProject } from '../../electron/project/open-project.ts';

const project = openProject(process.argv[2] ?? '');
const sizeBytes = 20_000_000;
await runJob(project, { kind: 'train', params: {} }, ({ checkpoint, saveCheckpoint, onProgress }) => {
  const first = (checkpoint?.bytes[0] ?? 0) + 1;
  for (let step = first; ; step++) {
    saveCheckpoint({ step }, new Uint8Array(sizeBytes).fill(step));
    onProgress({ phase: 'train', done: step, total: null });
    process.stdout.write(`${step}\n`);
  }
});
