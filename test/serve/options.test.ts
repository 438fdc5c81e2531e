import { expect, it } from 'vitest';
import { createServeCommand } from '../../electron/serve/options.ts';
import type { ServeArguments } from '../../electron/serve/options.ts';

const read = (...args: string[]): ServeArguments => createServeCommand().parse(args, { from: 'user' }).opts<ServeArguments>();

it('computes on the processor unless told', () => {
  expect(read().device).toBe('cpu');
  expect(read('--device', 'webgpu').device).toBe('webgpu');
  expect(createServeCommand().helpInformation()).toMatch(/--device <name>.*graphics card/);
});
