/** Where the parts of the app lie, packaged and in a checkout. */
import { join } from 'node:path';

export interface AppFiles {
  /** Files of the window. */
  readonly rendererDir: string;
  readonly preloadPath: string;
  readonly engineEntry: string;
  /** The Node that runs the engine. */
  readonly nodePath: string;
  readonly iconPath: string;
}

/** `appDir` is the archive or the checkout, `resourcesDir` what lies beside the archive. The engine and its Node cannot be read from an archive. */
export function appFiles(input: {
  readonly appDir: string;
  readonly resourcesDir: string;
  readonly isPackaged: boolean;
  readonly platform: NodeJS.Platform;
}): AppFiles {
  const { appDir, resourcesDir, isPackaged, platform } = input;
  const node = platform === 'win32' ? 'node.exe' : 'node';
  const unpacked = isPackaged ? join(resourcesDir, 'app.asar.unpacked') : appDir;
  return {
    rendererDir: join(appDir, 'dist', 'renderer'),
    preloadPath: join(appDir, 'dist', 'preload', 'preload.cjs'),
    engineEntry: join(unpacked, 'dist', 'engine', 'main.mjs'),
    nodePath: isPackaged ? join(resourcesDir, 'engine', node) : join(appDir, 'node_modules', 'node', 'bin', node),
    iconPath: isPackaged ? join(resourcesDir, 'icon.png') : join(appDir, 'resources', 'icons', '512x512.png'),
  };
}

/** Variables that the engine or a driver below it reads; nothing else of the app's environment reaches it, NODE_OPTIONS least of all. */
const passedOn = [
  ...['HOME', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA', 'XDG_DATA_HOME', 'XDG_CACHE_HOME', 'TMPDIR', 'TEMP', 'TMP'],
  ...['PATH', 'SYSTEMROOT', 'WINDIR', 'LANG', 'LC_ALL', 'TZ'],
  ...['ACCLIMATE_DATA', 'ACCLIMATE_CACHE', 'ACCLIMATE_MODELS', 'ACCLIMATE_MODEL_MIRROR'],
  // For downloads that are asked for.
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'NODE_EXTRA_CA_CERTS'],
  ...['XDG_RUNTIME_DIR', 'VK_DRIVER_FILES', 'VK_ICD_FILENAMES', 'CUDA_VISIBLE_DEVICES', 'LD_LIBRARY_PATH'],
];

/** The engine's environment. */
export function engineEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => value !== undefined && passedOn.includes(name.toUpperCase())),
  );
}
