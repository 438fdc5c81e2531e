/**
 * Provider webgpu runs the same graph. Needs a Vulkan driver: the one the environment names, or the SwiftShader that comes with
 * a Chromium. Without one the tests are skipped, and say why.
 */
import { spawnSync } from 'node:child_process';
import type { SpawnSyncReturns } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { WebgpuReport } from './webgpu-child.ts';

const folders = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome', '/opt/chromium.org/chromium'];

/** Environment of a process that is to find a Vulkan driver, or nothing where there is none to be found. */
function driverEnvironment(): NodeJS.ProcessEnv | undefined {
  const named = process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES;
  const file = named ?? folders.map((folder) => join(folder, 'vk_swiftshader_icd.json')).find((path) => existsSync(path));
  // Elsewhere Dawn uses Metal or Direct3D.
  if (process.platform !== 'linux') return process.env;
  if (file === undefined) return undefined;
  // Chromium brings the Vulkan loader along; the system may have none.
  const search = [process.env.LD_LIBRARY_PATH, dirname(file)].filter(Boolean).join(':');
  return { ...process.env, VK_DRIVER_FILES: file, VK_ICD_FILENAMES: file, LD_LIBRARY_PATH: search };
}

function runChild(env: NodeJS.ProcessEnv): SpawnSyncReturns<string> {
  const script = fileURLToPath(new URL('webgpu-child.ts', import.meta.url));
  return spawnSync(process.execPath, [script], { env, encoding: 'utf8', timeout: 110_000 });
}

const env = driverEnvironment();
const child = env === undefined ? undefined : runChild(env);
const refusal = /Failed to get a WebGPU adapter.*|no provider webgpu on this platform/.exec(child?.stderr ?? '')?.[0];
const reason = child === undefined ? 'no Vulkan driver found' : refusal;

describe('provider webgpu', () => {
  it.skipIf(reason !== undefined)(
    `follows the cpu provider through training steps${reason === undefined ? '' : ` (skipped: ${reason})`}`,
    () => {
      expect(child?.status, child?.stderr).toBe(0);
      const report = JSON.parse(child?.stdout.trim().split('\n').at(-1) ?? '') as WebgpuReport;
      // The step really ran there: all but a handful of its kernels.
      const { WebGpuExecutionProvider: there = 0, ...elsewhere } = report.numKernels;
      expect(there).toBeGreaterThan(500);
      expect(Object.values(elsewhere).reduce((a, b) => a + b, 0)).toBeLessThan(there / 20);
      expect(report.losses.webgpu).toHaveLength(3);
      report.losses.webgpu.forEach((loss, step) => {
        expect(Math.abs(loss - report.losses.cpu[step]!)).toBeLessThan(1e-3);
      });
      expect(report.stateDifference).toBeLessThan(1e-3);
      expect(report.losses.webgpu[2]).toBeLessThan(report.losses.webgpu[0]!);
    },
  );
});
