import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LogFile } from '../../electron/main/log-file.ts';
import { temporaryDir } from './desktop.ts';

const now = (): Date => new Date('2026-01-02T03:04:05Z');
const megabyte = 'x'.repeat(2 ** 20);

describe('the log', () => {
  test('holds lines with their time, in a folder that it makes, and goes on where it ended', () => {
    const path = join(temporaryDir('log'), 'new', 'app.log');
    new LogFile(path, { now }).write('started\n\n');
    new LogFile(path, { now }).write('started again');
    expect(readFileSync(path, 'utf8')).toBe('2026-01-02T03:04:05.000Z started\n2026-01-02T03:04:05.000Z started again\n');
  });

  test('when full becomes the previous one, of which there is one only', () => {
    const dir = temporaryDir('log');
    const path = join(dir, 'app.log');
    const log = new LogFile(path, { now });
    for (const name of ['first', 'second', 'third']) {
      log.write(name);
      log.write(megabyte);
    }
    log.write('last');
    expect(readdirSync(dir).sort()).toEqual(['app.log', 'app.log.1']);
    expect(readFileSync(path, 'utf8')).toContain('last');
    expect(readFileSync(path, 'utf8')).not.toContain('third');
    expect(readFileSync(`${path}.1`, 'utf8')).toContain('third');
    expect(statSync(path).size).toBeLessThan(100);
  });

  test('counts what was in it before, in bytes', () => {
    const path = join(temporaryDir('log'), 'app.log');
    writeFileSync(path, 'é'.repeat(2 ** 19 + 1));
    new LogFile(path, { now }).write('next');
    expect(readFileSync(path, 'utf8')).toBe('2026-01-02T03:04:05.000Z next\n');
    expect(existsSync(`${path}.1`)).toBe(true);
  });
});
