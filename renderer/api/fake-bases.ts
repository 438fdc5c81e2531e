/** Base models of the engine in memory: an untrained network, what can be downloaded, and a file that fits nothing. */
import type { BaseView, CatalogueBaseView } from '../../electron/contract/domain.ts';
import { AppError } from '../../electron/contract/errors.ts';
import { mismatchKey } from '../../electron/contract/weights-mismatch.ts';
import type { WeightsMismatch } from '../../electron/contract/weights-mismatch.ts';

type Row = Pick<
  CatalogueBaseView,
  'name' | 'title' | 'arch' | 'description' | 'license' | 'sizeBytes' | 'isExactSize' | 'sha256' | 'state' | 'numBytesThere'
>;

const rows: readonly Row[] = [
  {
    name: 'mobilenetv2_example',
    title: 'MobileNetV2',
    arch: 'mobilenet_v2',
    description: 'Small and quick, also on a laptop without a graphics card. A good first choice.',
    license: 'Apache-2.0',
    sizeBytes: 14_184_144,
    isExactSize: true,
    sha256: '0'.repeat(64),
    state: 'present',
    numBytesThere: 0,
  },
  {
    name: 'resnet18_example',
    title: 'ResNet-18, torchvision',
    arch: 'resnet18',
    description: 'Plain and sturdy; the weights that most published comparisons start from.',
    license: 'BSD-3-Clause',
    sizeBytes: 46_807_446,
    isExactSize: true,
    sha256: '1'.repeat(64),
    state: 'partial',
    numBytesThere: 21_000_000,
  },
  {
    name: 'bit_example',
    title: 'BiT ResNet-50x1, distilled',
    arch: 'bit_r50x1',
    description: 'Group normalisation, so small batches do no harm; distilled from a much larger network.',
    license: 'Apache-2.0',
    sizeBytes: 102_000_000,
    isExactSize: false,
    sha256: null,
    state: 'absent',
    numBytesThere: 0,
  },
];

const folder = '/home/ada/.local/share/acclimate/models';
const pathOf = (name: string): string => `${folder}/${name}.safetensors`;

export const fakeCatalogue: readonly CatalogueBaseView[] = rows.map((row) => ({
  ...row,
  source: `https://example.org/${row.name}`,
  address: `https://example.org/${row.name}/model.safetensors`,
  isExpected: row.sha256 !== null,
  jobId: null,
  path: pathOf(row.name),
}));

export const fakeBases: readonly BaseView[] = [
  ...rows
    .filter(({ state }) => state === 'present')
    .map(({ name, arch, sizeBytes, license }): BaseView => ({
      ref: pathOf(name),
      name,
      arch,
      origin: 'file',
      sizeBytes,
      license,
      source: `https://example.org/${name}`,
      note: 'names of timm; not used: classifier.bias, classifier.weight',
    })),
  {
    ref: 'scratch:resnet18',
    name: 'ResNet-18, untrained',
    arch: 'resnet18',
    origin: 'scratch',
    sizeBytes: null,
    license: null,
    source: null,
    note: null,
  },
];

/** What adding a file fails with: a ResNet-18 whose fourth stage is missing and whose stem is another. */
export function fakeMismatch(): AppError {
  const mismatch: WeightsMismatch = {
    arch: 'resnet18',
    numParameters: 100,
    missing: ['conv1.weight', 'bn1.weight', 'bn1.bias'].map((name) => ({ name: `layer4.0.${name}`, expected: [512] })),
    unexpected: [{ name: 'neck.0.weight', found: [256, 512, 1, 1] }],
    misshapen: [{ name: 'conv1.weight', expected: [64, 3, 7, 7], found: [64, 3, 3, 3] }],
    numMissing: 30,
    numUnexpected: 1,
    numMisshapen: 1,
  };
  return new AppError(
    'invalid-input',
    "These weights are not a complete resnet18. missing: layer4.0.conv1.weight; layer4.0.bn1.weight; layer4.0.bn1.bias and 27 more. Export the whole network's weights again.",
    { details: { [mismatchKey]: mismatch } },
  );
}
