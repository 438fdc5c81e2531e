/** The networks known by name. */
import { AppError } from '../contract/errors.ts';
import { bit } from './bit.ts';
import type { FileLayout } from './file-layout.ts';
import { mobilenetV2Gluon, mobilenetV2Teachable, mobilenetV2Timm, mobilenetV2Torchvision } from './mobilenet-v2.ts';
import type { Network } from './network.ts';
import { resnetV2 } from './resnet-v2.ts';
import { resnet } from './resnet.ts';
import { squeezenet11 } from './squeezenet.ts';
import { tiny } from './tiny.ts';

interface Family {
  readonly create: (arch: string) => Network;
  /** The order of axes in this architecture's weights files. */
  readonly layout: FileLayout;
  /** The same network with the names another library gives its parameters, in the same order. */
  readonly timm?: () => Network;
}

const families = {
  mobilenet_v2: { create: mobilenetV2Torchvision, layout: 'torch', timm: mobilenetV2Timm },
  mobilenet_v2_gluon: { create: mobilenetV2Gluon, layout: 'torch' },
  mobilenet_v2_035_teachable: { create: mobilenetV2Teachable, layout: 'keras' },
  resnet18: { create: (arch) => resnet(arch, 'basic', [2, 2, 2, 2]), layout: 'torch' },
  resnet34: { create: (arch) => resnet(arch, 'basic', [3, 4, 6, 3]), layout: 'torch' },
  resnet50: { create: (arch) => resnet(arch, 'bottleneck', [3, 4, 6, 3]), layout: 'torch' },
  resnet50v2s3: { create: (arch) => resnetV2(arch, [3, 4, 6]), layout: 'torch' },
  resnet50v2: { create: (arch) => resnetV2(arch, [3, 4, 6, 3]), layout: 'torch' },
  bit_r26: { create: (arch) => bit(arch, [2, 2, 2, 2]), layout: 'torch' },
  bit_r50x1: { create: (arch) => bit(arch, [3, 4, 6, 3]), layout: 'torch' },
  bit_r101x1: { create: (arch) => bit(arch, [3, 4, 23, 3]), layout: 'torch' },
  squeezenet1_1: { create: squeezenet11, layout: 'torch' },
  tiny: { create: tiny, layout: 'torch' },
} as const satisfies Record<string, Family>;

export type Arch = keyof typeof families;

/** Every architecture's name. */
export const archs = Object.keys(families) as readonly Arch[];

/** Whether a name, of whatever origin, is that of an architecture. */
export function isArch(name: string): name is Arch {
  return Object.hasOwn(families, name);
}

/** The network of that name. Throws `AppError` 'unsupported' where there is none. */
export function networkFor(arch: string): Network {
  return familyOf(arch).create(arch);
}

/** The order of axes in that architecture's weights files. Throws `AppError` 'unsupported' where there is none. */
export function fileLayoutOf(arch: string): FileLayout {
  return familyOf(arch).layout;
}

/** What a parameter is called in a weights file, by its name in the network. */
export interface NameScheme {
  /** Null for the network's own names. */
  readonly library: 'timm' | null;
  readonly names: ReadonlyMap<string, string>;
}

/** Every way the parameters of that architecture are named in files, the network's own first. Throws `AppError` 'unsupported' where there is none. */
export function nameSchemesOf(arch: string): readonly NameScheme[] {
  const { create, timm }: Family = familyOf(arch);
  const own = Object.keys(create(arch).parameters);
  const scheme = (library: NameScheme['library'], names: readonly string[]): NameScheme => ({
    library,
    names: new Map(own.map((name, index) => [name, names[index] ?? name])),
  });
  return [scheme(null, own), ...(timm === undefined ? [] : [scheme('timm', Object.keys(timm().parameters))])];
}

function familyOf(arch: string): Family {
  if (!isArch(arch)) throw new AppError('unsupported', `No network is called ${JSON.stringify(arch)}; choose one of ${archs.join(', ')}.`);
  return families[arch];
}
