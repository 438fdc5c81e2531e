/**
 * Base models that can be downloaded: published, permissively licensed weights of networks known here. Sizes and checksums are those of the
 * files at exactly these addresses, which name a revision and so never change, except where noted.
 */
import { env } from 'node:process';
import { AppError } from '../../contract/errors.ts';

export interface CatalogueRow {
  /** Also the name of the file, without its extension. */
  readonly name: string;
  readonly title: string;
  readonly arch: string;
  /** What it is and when to take it. */
  readonly description: string;
  /** An SPDX identifier. */
  readonly license: string;
  /** The page that describes it and states the licence. */
  readonly source: string;
  /** Path of the file on the host. */
  readonly path: string;
  readonly sizeBytes: number;
  /** False where the page gives the size in whole megabytes only: the file may then be a little smaller or larger. */
  readonly isExactSize: boolean;
  /** Of the file; null where it is not known beforehand and is taken down at the first download. */
  readonly sha256: string | null;
}

const host = 'https://huggingface.co';

interface Published extends Omit<CatalogueRow, 'source' | 'path' | 'name'> {
  readonly repository: string;
  /** A commit, or `main` where none is known. */
  readonly revision: string;
}

function row({ repository, revision, ...rest }: Published): CatalogueRow {
  return {
    ...rest,
    name: repository.slice(repository.indexOf('/') + 1),
    source: `${host}/${repository}`,
    path: `/${repository}/resolve/${revision}/model.safetensors`,
  };
}

/** The one to take first comes first. */
export const catalogue: readonly CatalogueRow[] = [
  row({
    repository: 'timm/mobilenetv2_100.ra_in1k',
    revision: '5afa12513b048c79b9147a5d210e9bdc50035481',
    title: 'MobileNetV2',
    arch: 'mobilenet_v2',
    description: 'Small and quick, also on a laptop without a graphics card. A good first choice.',
    license: 'Apache-2.0',
    sizeBytes: 14_184_144,
    isExactSize: true,
    sha256: '55ea4fb3a96010b933710ebf44fc965b070d5cd054d3f35e44f2d1320b4a714e',
  }),
  row({
    repository: 'timm/resnet18.tv_in1k',
    revision: 'bbd144b3e5565108aad885f145491d11bc6ce807',
    title: 'ResNet-18, torchvision',
    arch: 'resnet18',
    description: 'Plain and sturdy; the weights that most published comparisons start from.',
    license: 'BSD-3-Clause',
    sizeBytes: 46_807_446,
    isExactSize: true,
    sha256: '694f673df6520a3158624e8a89af086f59923ee4cd7436fe5bc3bc71d295ad81',
  }),
  row({
    repository: 'timm/resnet18.a1_in1k',
    revision: '491b427b45c94c7fb0e78b5474cc919aff584bbf',
    title: 'ResNet-18, newer recipe',
    arch: 'resnet18',
    description: 'The same network, trained longer and with stronger augmentation (A1 of "ResNet strikes back").',
    license: 'Apache-2.0',
    sizeBytes: 46_807_446,
    isExactSize: true,
    sha256: '80c49dee3da4822c009c5a7fe591e9223c5a2cfcf95a4067ca4dfb5a7b89c612',
  }),
  row({
    repository: 'timm/resnet50.tv_in1k',
    revision: '78f3ecfdb38e06d9b8397f662e7ab8fee96026fa',
    title: 'ResNet-50, torchvision',
    arch: 'resnet50',
    description: 'Larger and more capable than ResNet-18; three times as slow. Wants a graphics card or patience.',
    license: 'BSD-3-Clause',
    sizeBytes: 102_469_840,
    isExactSize: true,
    sha256: '5d061a3c593d795bfe682d9b152bafbcf550579873492def3515b46db1189888',
  }),
  row({
    repository: 'timm/resnet50.a1_in1k',
    revision: '767268603ca0cb0bfe326fa87277f19c419566ef',
    title: 'ResNet-50, newer recipe',
    arch: 'resnet50',
    description: 'The same network, trained longer and with stronger augmentation (A1 of "ResNet strikes back").',
    license: 'Apache-2.0',
    sizeBytes: 102_469_840,
    isExactSize: true,
    sha256: '773525d5821de224f8f30c33377b7a795d7863e08522698200d3217d3f2a41bb',
  }),
  row({
    repository: 'timm/resnetv2_50x1_bit.goog_distilled_in1k',
    revision: '595d876e1ac027518559c7a1331062cdef68c133',
    title: 'BiT ResNet-50x1, distilled',
    arch: 'bit_r50x1',
    description: 'Group normalisation, so small batches do no harm; distilled from a much larger network. The network of the 2020 recipe.',
    license: 'Apache-2.0',
    sizeBytes: 102_000_000,
    isExactSize: false,
    sha256: null,
  }),
  row({
    repository: 'timm/resnetv2_50x1_bit.goog_in21k',
    revision: 'main',
    title: 'BiT ResNet-50x1, ImageNet-21k',
    arch: 'bit_r50x1',
    description: 'The same network from 14 million images of 21,843 kinds: broad knowledge for unusual images. A large download.',
    license: 'Apache-2.0',
    sizeBytes: 273_000_000,
    isExactSize: false,
    sha256: null,
  }),
];

/** The row of that name. Throws `not-found` naming what there is. */
export function catalogueRow(name: string): CatalogueRow {
  const found = catalogue.find((each) => each.name === name);
  if (found === undefined) {
    throw new AppError(
      'not-found',
      `There is no base model ${name} to download. There are ${catalogue.map((each) => each.name).join(', ')}.`,
    );
  }
  return found;
}

/** Where a row's file is downloaded from: its host, or the mirror named in `ACCLIMATE_MODEL_MIRROR`. */
export function addressOf({ path }: CatalogueRow, mirror: string | undefined = env['ACCLIMATE_MODEL_MIRROR']): string {
  return `${mirror === undefined || mirror === '' ? host : mirror.replace(/\/+$/, '')}${path}`;
}

/** No file of a row is larger than this: what the page says, and some allowance where that is rounded. */
export function maxBytesOf({ sizeBytes, isExactSize }: CatalogueRow): number {
  return isExactSize ? sizeBytes : Math.round(1.1 * sizeBytes);
}
