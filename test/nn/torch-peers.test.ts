/**
 * Weights files of torchvision, and in timm's names, are recognised, and the networks compute what PyTorch does, within 1e-4 of the largest
 * value. The files are made here with random weights, by a Python that has torch and torchvision.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { loadBase } from '../../electron/nn/base-model.ts';
import { parseSafetensors, writeSafetensors } from '../../electron/nn/safetensors.ts';
import { createCompiledExecutor } from '../../electron/tensor/compiled.ts';
import type { tf } from '../../electron/tensor/tf.ts';
import { fromHost, relativeError } from './plain-layers.ts';

const script = fileURLToPath(new URL('torch-peers.py', import.meta.url));
const python = ['/usr/bin/python3', 'python3'].find(
  (command) =>
    (command.startsWith('/') ? existsSync(command) : true) && spawnSync(command, ['-c', 'import torch, torchvision']).status === 0,
);
const dir = mkdtempSync(join(tmpdir(), 'acclimate-peers-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const cases = [
  { name: 'mobilenet_v2', arch: 'mobilenet_v2', library: null, prefix: '', leftOut: 'classifier.1.weight' },
  { name: 'mobilenet_v2/timm', arch: 'mobilenet_v2', library: 'timm', prefix: '', leftOut: 'classifier.weight' },
  { name: 'resnet18', arch: 'resnet18', library: null, prefix: '', leftOut: 'fc.weight' },
  { name: 'resnet18/fp16', arch: 'resnet18', library: null, prefix: 'module.backbone.', leftOut: 'module.projector.0.weight' },
  { name: 'resnet18/bf16', arch: 'resnet18', library: null, prefix: 'module.backbone.', leftOut: 'module.backbone.fc.bias' },
  { name: 'resnet50', arch: 'resnet50', library: null, prefix: '', leftOut: 'layer4.2.bn3.num_batches_tracked' },
  { name: 'bit', arch: 'bit_r50x1', library: null, prefix: '', leftOut: 'head.fc.weight' },
];

describe.skipIf(python === undefined)('with PyTorch', () => {
  it.each(cases)('$name', async ({ name, arch, library, prefix, leftOut }) => {
    const path = join(dir, `${name.replace('/', '-')}.safetensors`);
    const made = spawnSync(python!, [script, name, path], { encoding: 'utf8' });
    expect(made.stderr).not.toContain('Error');
    expect(made.status).toBe(0);
    const { 'peer.images': images, 'peer.features': features, ...state } = parseSafetensors(readFileSync(path)).tensors;
    rmSync(path);

    const { network, parameters, recognised } = loadBase(writeSafetensors(state));
    expect(network.arch).toBe(arch);
    expect(recognised).toMatchObject({ library, prefix });
    expect(recognised.leftOut).toContain(leftOut);
    expect(recognised.leftOut.length + Object.keys(parameters).length).toBe(Object.keys(state).length);

    const executor = await createCompiledExecutor();
    const session = await executor.load({
      name: 'features',
      state: parameters,
      inputs: { images: { dtype: 'float32', shape: [2, 64, 64, 3] } },
      run: (weights, inputs) => ({
        state: {},
        outputs: { features: network.forward(weights, inputs['images'] as tf.Tensor4D, { training: false }).features },
      }),
    });
    const outputs = await session.run({ images: images! });
    await session.dispose();
    expect(relativeError(outputs['features']!, fromHost(features!))).toBeLessThan(1e-4);
  });
});
