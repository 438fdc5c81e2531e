import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Runs a script with Node, kills it without warning `delayMs` after its first line, and returns the whole lines it printed. */
export async function runAndKill(script: string, argv: readonly string[], delayMs: number): Promise<string[]> {
  const child = spawn(process.execPath, [script, ...argv], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (lines.push(line) === 1) setTimeout(() => child.kill('SIGKILL'), delayMs);
  });
  const signal = await new Promise((resolve) => child.on('close', (_, by) => resolve(by)));
  if (signal !== 'SIGKILL') throw new Error(`The process ended by itself after ${lines.length} lines.`);
  return lines;
}
