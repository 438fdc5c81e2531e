/** What `npm run serve` takes. */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { hostname, homedir, networkInterfaces } from 'node:os';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { AppError } from '../contract/errors.ts';
import { loopbackNames } from './access.ts';

/** Where networks are computed: ONNX Runtime's own processor code, or the graphics card through WebGPU. */
export const serveDevices = ['cpu', 'webgpu'] as const;
export type ServeDevice = (typeof serveDevices)[number];

export interface ServeArguments {
  readonly host: string;
  readonly port: number;
  readonly root: string;
  readonly project?: string;
  readonly data?: string;
  readonly device: ServeDevice;
  readonly checkpointSeconds?: number;
  readonly build: boolean;
  readonly window?: string;
  readonly open: boolean;
  readonly allowRemote: boolean;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('Ports lie between 0 and 65535; 0 takes a free one.');
  return port;
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('It takes a number above 0.');
  return value;
}

const remoteHelp = `
From another machine (a laptop, with the images and the GPU on a workstation), leave the server on loopback and let ssh carry it:

  workstation$ npm run serve -- --port 8137
  laptop$      ssh -N -L 8137:127.0.0.1:8137 workstation

then open the printed address on the laptop. Keep the port the same on both sides: the server answers under its own name only.
Arguments of npm scripts follow a "--".`;

/** The command and its options; reading them throws a `CommanderError` instead of ending the process. */
export function createServeCommand(): Command {
  return new Command('acclimate-serve')
    .description('Serves the window to a browser on this machine. Nothing leaves it.')
    .exitOverride()
    .showHelpAfterError('(add --help for what there is)')
    .configureHelp({ helpWidth: 110 })
    .option('--port <n>', 'port to listen on; 0 takes a free one', portNumber, 0)
    .option('--root <folder>', 'folders can only be chosen below this one', homedir())
    .option('-p, --project <file>', 'open this project (.acclimate)')
    .option('--data <dir>', 'where projects without a better place, samples and settings are kept')
    .addOption(
      new Option('--device <name>', 'where networks are computed; webgpu takes the graphics card').choices(serveDevices).default('cpu'),
    )
    .option('--host <address>', 'address to listen on; anything but loopback needs --allow-remote', '127.0.0.1')
    .option('--allow-remote', 'let other machines connect; needs --tls-cert and --tls-key', false)
    .option('--tls-cert <file>', 'certificate (PEM)')
    .option('--tls-key <file>', 'its key (PEM)')
    .option(
      '--checkpoint-seconds <n>',
      'time between two checkpoints of a training, which is what a crash can lose (default: 30)',
      positiveNumber,
    )
    .option('--no-build', 'serve the window as it was built last')
    .option('--window <dir>', 'serve a window that was built elsewhere')
    .option('--open', 'open the address in the browser', false)
    .addHelpText('after', remoteHelp);
}

function misuse(message: string): AppError {
  return new AppError('invalid-input', message, { details: { misuse: true } });
}

const loopbackAddresses: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

export interface Binding {
  readonly host: string;
  /** Under which the server may be addressed; the first is printed. */
  readonly hostNames: readonly string[];
  readonly tls: { readonly cert: string; readonly key: string } | null;
}

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/** Where to listen. Throws `invalid-input` for anything but loopback without permission and TLS. */
export function bindingOf({ host, allowRemote, tlsCert, tlsKey }: ServeArguments): Binding {
  const isLoopback = loopbackAddresses.includes(host);
  if (!isLoopback && (!allowRemote || tlsCert === undefined || tlsKey === undefined)) {
    throw misuse(
      `${host} can be reached from other machines. That takes --allow-remote with --tls-cert and --tls-key; better, leave it out and use ssh -L (see --help).`,
    );
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined)) throw misuse('--tls-cert and --tls-key go together.');
  const tls = tlsCert === undefined || tlsKey === undefined ? null : { cert: readPem(tlsCert), key: readPem(tlsKey) };
  if (isLoopback) return { host, hostNames: [...new Set([bracketed(host), ...loopbackNames])], tls };
  const isEvery = host === '0.0.0.0' || host === '::';
  const addresses = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => bracketed(address)));
  return { host, hostNames: isEvery ? [hostname().toLowerCase(), ...addresses, ...loopbackNames] : [bracketed(host.toLowerCase())], tls };
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new AppError('io', `Cannot read ${path}.`, { cause: error, details: { misuse: true } });
  }
}

/** The folder below which folders are chosen, as its real path. Throws `invalid-input` where it is none. */
export function rootOf(path: string): string {
  try {
    const real = realpathSync(resolve(path));
    if (statSync(real).isDirectory()) return real;
  } catch {
    // Said below, as for a file.
  }
  throw misuse(`${path} is not a folder. Give one with --root.`);
}
