/** Files that could not be read, by reason. */
import type { ImageView } from '../../../electron/contract/domain.ts';

export interface ProblemGroup {
  readonly code: string;
  readonly images: readonly ImageView[];
  /** The ways out that the messages give, each once, the most frequent first. */
  readonly messages: readonly string[];
}

/** Groups images by the code of their problem, the largest group first; those without one have none of the groups. */
export function groupProblems(images: readonly ImageView[]): ProblemGroup[] {
  const groups = Map.groupBy(
    images.filter(({ problem }) => problem !== null),
    ({ problem }) => problem?.code ?? '',
  );
  return [...groups]
    .map(([code, members]) => {
      const counts = new Map<string, number>();
      for (const { problem } of members) if (problem !== null) counts.set(problem.message, (counts.get(problem.message) ?? 0) + 1);
      return { code, images: members, messages: [...counts].sort((a, b) => b[1] - a[1]).map(([message]) => message) };
    })
    .sort((a, b) => b.images.length - a.images.length || a.code.localeCompare(b.code));
}
