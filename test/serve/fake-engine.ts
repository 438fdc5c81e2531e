/** An engine that answers a few calls and remembers what it was asked, for tests of the server before it. */
import { z } from 'zod';
import { callSchemas } from '../../electron/contract/calls.ts';
import type { CallName } from '../../electron/contract/calls.ts';
import type { JobView } from '../../electron/contract/domain.ts';
import { AppError } from '../../electron/contract/errors.ts';
import type { ServedEngine } from '../../electron/serve/served-engine.ts';

export const pictureBytes = Uint8Array.of(0x89, 0x50, 0x4e, 0x47);
export const columns = { ids: Int32Array.of(1, 2, 3), confidence: Float32Array.of(0.5, NaN, 1) };

export const job: JobView = {
  id: 7,
  kind: 'import',
  title: 'Read a folder',
  status: 'running',
  phase: 'Reading',
  done: 3,
  total: 9,
  unit: 'images',
  remainingMs: null,
  error: null,
  outcome: null,
  canFinish: false,
  createdAt: 1,
  startedAt: 2,
  finishedAt: null,
};

export class FakeEngine implements ServedEngine {
  /** Everything that reached it. */
  readonly seen: { readonly name: string; readonly input: unknown }[] = [];

  async call(name: CallName, input: unknown): Promise<unknown> {
    const parsed = callSchemas[name].safeParse(input);
    if (!parsed.success) throw new AppError('invalid-input', z.prettifyError(parsed.error));
    this.seen.push({ name, input: parsed.data });
    await Promise.resolve();
    if (name === 'images.columns') return columns;
    if (name === 'project.close') throw new AppError('conflict', 'No project is open.', { details: { why: 'none' } });
    if (name === 'jobs.list') throw new TypeError('cannot read x of undefined');
    if (name === 'labels.importFile') return { numLabelled: (parsed.data as { text: string }).text.length };
    return { version: '1.2.3' };
  }

  async image(id: number, variant: string): Promise<{ mime: string; bytes: Uint8Array }> {
    this.seen.push({ name: 'image', input: { id, variant } });
    await Promise.resolve();
    if (id !== 5) throw new AppError('not-found', `There is no image ${id}.`);
    return { mime: 'image/png', bytes: pictureBytes };
  }

  jobs(): readonly JobView[] {
    return [job];
  }
}
