/**
 * Builds the desktop app into `dist`: main and preload as one CommonJS file each, the engine with its threads as modules, and the window.
 * `node electron/build.ts` builds all; names of parts as arguments build only these.
 */
import { cpSync, existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { argv, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { InlineConfig, Plugin } from 'vite';

const repository = fileURLToPath(new URL('..', import.meta.url));
const dist = join(repository, 'dist');

/** They carry native code, which a bundle cannot. */
const natives = ['better-sqlite3', 'onnxruntime-node', 'sharp'];
const ownUrl = /new URL\(\s*'(\.[^']+)',\s*import\.meta\.url\s*\)/g;

/**
 * Takes along what modules name relative to themselves. A module so named is the entry of a thread or process and becomes a file of its own beside
 * the bundle; anything else is copied into `assets`. Both then stand in a fixed place relative to every file of the bundle.
 */
function takeAlong(outDir: string): Plugin {
  const assets = new Map<string, string>();
  return {
    name: 'take-along',
    enforce: 'pre',
    transform(code, id) {
      if (!id.startsWith(join(repository, 'electron')) || !code.includes('import.meta.url')) return null;
      return code.replaceAll(ownUrl, (_, relative: string) => {
        const path = resolve(dirname(id), relative);
        const name = basename(path);
        if (name.endsWith('.ts')) {
          const fileName = name.replace(/\.ts$/, '.mjs');
          this.emitFile({ type: 'chunk', id: path, fileName });
          return `new URL('./${fileName}', import.meta.url)`;
        }
        const other = assets.get(name);
        if (other !== undefined && other !== path) this.error(`Two different assets are called ${name}: ${other} and ${path}.`);
        assets.set(name, path);
        return `new URL('./assets/${name}', import.meta.url)`;
      });
    },
    writeBundle() {
      for (const [name, path] of assets) if (existsSync(path)) cpSync(path, join(outDir, 'assets', name), { recursive: true });
    },
  };
}

/** What the three bundles for Node have in common: one entry, everything inside but `external`. */
function forNode(entry: string, part: string, format: 'cjs' | 'es', external: readonly string[]): InlineConfig {
  const outDir = join(dist, part);
  const extension = format === 'cjs' ? 'cjs' : 'mjs';
  return {
    configFile: false,
    root: repository,
    publicDir: false,
    logLevel: 'warn',
    plugins: format === 'es' ? [takeAlong(outDir)] : [],
    ssr: { target: 'node', noExternal: true, external: [...external] },
    build: {
      ssr: true,
      outDir,
      emptyOutDir: true,
      target: 'node24',
      minify: false,
      rolldownOptions: {
        input: { [basename(entry, '.ts')]: join(repository, entry) },
        external: [...external],
        output: {
          format,
          entryFileNames: `[name].${extension}`,
          chunkFileNames: `[name]-[hash].${extension}`,
          ...(format === 'cjs' && { codeSplitting: false }),
        },
      },
    },
  };
}

const parts = {
  main: () => forNode('electron/main/main.ts', 'main', 'cjs', ['electron']),
  preload: () => forNode('electron/preload/preload.ts', 'preload', 'cjs', ['electron']),
  engine: () => forNode('electron/engine/main.ts', 'engine', 'es', natives),
  renderer: () => ({ root: join(repository, 'renderer'), configFile: join(repository, 'vite.config.ts'), logLevel: 'warn' as const }),
} satisfies Record<string, () => InlineConfig>;

export type BuildPart = keyof typeof parts;

/** Builds parts of the desktop app, all unless told. */
export async function buildApp(only: readonly BuildPart[] = Object.keys(parts) as BuildPart[]): Promise<void> {
  for (const part of only) await build(parts[part]());
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = argv.slice(2);
  const unknown = wanted.find((part) => !Object.hasOwn(parts, part));
  if (unknown !== undefined) throw new Error(`There is no part '${unknown}'. Parts: ${Object.keys(parts).join(', ')}.`);
  await buildApp(wanted.length === 0 ? undefined : (wanted as BuildPart[]));
  stdout.write('The desktop app is built in dist.\n');
}
