import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { openRequest, pathInArguments } from '../../electron/main/opened-path.ts';

test.each<readonly [readonly string[], number, string | null]>([
  [['/opt/acclimate'], 1, null],
  [['/opt/acclimate', '/photos'], 1, '/photos'],
  [['/electron', '/checkout'], 2, null],
  [['/electron', '/checkout', 'photos'], 2, join('/home/u', 'photos')],
  [['/opt/acclimate', '--no-sandbox', '--type=x', '../a.acclimate', '/second'], 1, resolve('/home', 'a.acclimate')],
  [['/opt/acclimate', '', '--x'], 1, null],
  [['/opt/acclimate', './-odd'], 1, join('/home/u', '-odd')],
  [[], 1, null],
])('of the arguments %j, %i of them its own, opens %j', (args, numOwn, path) => {
  expect(pathInArguments(args, numOwn, '/home/u')).toBe(path);
});

test.each([
  ['/a.acclimate', 'project.open'],
  ['/A.ACCLIMATE', 'project.open'],
  ['/photos', 'project.openFolder'],
  ['/photos.acclimate.d', 'project.openFolder'],
  ['/acclimate', 'project.openFolder'],
])('%s is opened by %s', (path, name) => {
  expect(openRequest(path)).toEqual({ name, path });
});
