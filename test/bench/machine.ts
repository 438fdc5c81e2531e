/** Whether the machine was free for a benchmark. */
import { cpus } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { rounded } from './figures.ts';

const sampleMs = 1000;
/** More than this in use by others and a ratio says little: threads that wait for one another suffer very unequally. */
const mostBusy = 0.15;

function cpuTimes(): { busy: number; all: number } {
  const times = cpus().map((cpu) => cpu.times);
  const all = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0);
  return { busy: all - times.reduce((sum, { idle }) => sum + idle, 0), all };
}

/** The share of all cores that is in use during one second in which this process only waits, in [0, 1]. */
export async function busyShare(): Promise<number> {
  const before = cpuTimes();
  await setTimeout(sampleMs);
  const after = cpuTimes();
  return rounded((after.busy - before.busy) / Math.max(1, after.all - before.all), 2);
}

/** A warning where others had the machine; null where it was free. `shares` are samples from before and after. */
export function busyNote(shares: readonly number[]): string | null {
  const most = Math.max(...shares);
  if (most <= mostBusy) return null;
  return `the machine was busy (${Math.round(100 * most)} % of its cores in use by others): do not quote these figures, run it again on a quiet machine`;
}
