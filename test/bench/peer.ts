/** The PyTorch peers that the app's figures are held against. They are optional: a benchmark without them says so. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Debian's Python, which has the packages python3-torch, python3-torchvision and python3-pil. */
const python = '/usr/bin/python3';
const peerFolder = join(import.meta.dirname, '../../../shared/peers');

export type PeerLine = Readonly<Record<string, unknown>>;

/** What a peer printed, or why there is nothing. */
export type PeerResult = { readonly line: PeerLine; readonly note: null } | { readonly line: null; readonly note: string };

/** The last line of `stdout` that is a JSON object. */
export function parsePeerOutput(stdout: string): PeerResult {
  const last = stdout
    .split('\n')
    .map((text) => text.trim())
    .findLast((text) => text.startsWith('{'));
  if (last === undefined) return { line: null, note: 'the peer printed no result' };
  try {
    return { line: JSON.parse(last) as PeerLine, note: null };
  } catch {
    return { line: null, note: `the peer printed something else: ${last.slice(0, 80)}` };
  }
}

/** Runs one of the peer scripts to its end, with `env` added to the environment. Throws only the signal's reason. */
export async function runPeer(
  script: string,
  args: readonly string[],
  signal: AbortSignal,
  env: Readonly<Record<string, string>> = {},
): Promise<PeerResult> {
  const path = join(peerFolder, script);
  if (!existsSync(path)) return { line: null, note: `no peer: ../shared/peers/${script} is not there` };
  if (!existsSync(python)) return { line: null, note: `no peer: ${python} is not there` };
  try {
    const { stdout } = await promisify(execFile)(python, [path, ...args], { signal, maxBuffer: 2 ** 24, env: { ...process.env, ...env } });
    return parsePeerOutput(stdout);
  } catch (error) {
    signal.throwIfAborted();
    const lines = (error instanceof Error ? error.message : String(error)).trim().split('\n');
    return { line: null, note: `no peer: ${script} failed: ${lines.at(-1) ?? ''}` };
  }
}

/** How PyTorch's threads wait for one another: as OpenMP presets it, or without spinning. */
export const waitPolicies = ['default', 'passive'] as const;
export type PeerRuns = Readonly<Record<(typeof waitPolicies)[number], PeerResult>>;

/**
 * The peer with both ways of waiting, so that it can be given the better one: where another program has a core, spinning threads were
 * seen to make its step ten times slower.
 */
export async function runPeerBothWays(script: string, args: readonly string[], signal: AbortSignal): Promise<PeerRuns> {
  return {
    default: await runPeer(script, args, signal),
    passive: await runPeer(script, args, signal, { OMP_WAIT_POLICY: 'PASSIVE' }),
  };
}

/** Nothing was run. */
export const peerLeftOut: PeerRuns = { default: { line: null, note: 'left out' }, passive: { line: null, note: 'left out' } };

/** A figure of both runs. */
export function peerNumbers(runs: PeerRuns, name: string): Readonly<Record<keyof PeerRuns, number | null>> {
  return { default: peerNumber(runs.default, name), passive: peerNumber(runs.passive, name) };
}

/** What the peer calls itself; null where it did not run. */
export function peerName({ default: preset }: PeerRuns): string | null {
  return typeof preset.line?.['peer'] === 'string' ? preset.line['peer'] : null;
}

/** A number of the peer's line; null where there is none. */
export function peerNumber(result: PeerResult, name: string): number | null {
  const value = result.line?.[name];
  return typeof value === 'number' ? value : null;
}
