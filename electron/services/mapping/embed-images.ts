/** Features of the project's images. */
import { embed } from '../../learn/embed.ts';
import { loadModel } from '../adaptation/models.ts';
import { projectPixels } from '../intake/project-pixels.ts';
import type { Workspace } from '../workspace.ts';

export interface EmbedReport {
  readonly modelId: number;
  readonly px: number;
  readonly numImages: number;
  /** Computed now; the others were there. */
  readonly numComputed: number;
  readonly seconds: number;
}

/** Embeds every usable image, or `only` these of them, that has no embedding of this model and size yet. What is done is kept batch by batch. */
export async function embedImages(workspace: Workspace, modelId: number, px: number, only?: ReadonlySet<number>): Promise<EmbedReport> {
  const { project } = workspace;
  const key = { modelId, px };
  const missing = project.embeddings.missing(key).filter((id) => only?.has(id) ?? true);
  if (missing.length === 0) return { ...key, numImages: project.embeddings.count(key), numComputed: 0, seconds: 0 };
  const executor = await workspace.executor();
  return await workspace.job({ kind: 'embed', params: key }, async (ctx) => {
    const { network, parameters, record } = loadModel(workspace, modelId);
    const phase = `Computing features at ${px} px of ${record.name}`;
    const startMs = performance.now();
    const source = projectPixels(workspace, missing, px);
    const dim = network.numFeatures;
    await embed({
      network,
      parameters,
      source,
      executor,
      ctx: { signal: ctx.signal, onProgress: (progress) => ctx.onProgress({ ...progress, phase }) },
      onBatch: (start, rows) => {
        const indices = Array.from({ length: rows.length / dim }, (_, i) => start + i).filter((i) => !source.unreadable.has(i));
        const kept = new Float32Array(indices.length * dim);
        indices.forEach((i, at) => kept.set(rows.subarray((i - start) * dim, (i - start + 1) * dim), at * dim));
        project.embeddings.write(
          key,
          indices.map((i) => missing[i] ?? 0),
          kept,
        );
      },
    });
    const numComputed = missing.length - source.unreadable.size;
    return { ...key, numImages: project.embeddings.count(key), numComputed, seconds: (performance.now() - startMs) / 1e3 };
  });
}
