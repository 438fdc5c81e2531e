import { describe, expect, it } from 'vitest';
import { Throttle } from '../../electron/jobs/throttle.ts';
import { ManualClock } from './manual-clock.ts';

function setup(): { clock: ManualClock; throttle: Throttle; times: number[] } {
  const clock = new ManualClock();
  const times: number[] = [];
  return { clock, times, throttle: new Throttle(clock, 100, () => times.push(clock.now())) };
}

describe('Throttle', () => {
  it('emits the first request at once and the rest no oftener than the interval', () => {
    const { clock, throttle, times } = setup();
    for (let i = 0; i < 1_000; i++) {
      throttle.request();
      clock.advance(1);
    }
    expect(times).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
  });

  it('emits the last request though nothing follows it', () => {
    const { clock, throttle, times } = setup();
    throttle.request();
    throttle.request();
    clock.advance(5_000);
    expect(times).toEqual([0, 100]);
    expect(clock.numTimers).toBe(0);
  });

  it('drops what is waiting when stopped', () => {
    const { clock, throttle, times } = setup();
    throttle.request();
    throttle.request();
    throttle.stop();
    clock.advance(5_000);
    expect(times).toEqual([0]);
  });
});
