/** The product's own programs that run as processes of their own. Always the built ones, also when sources run. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder that holds package.json. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

const program = (...path: string[]): string => join(packageFolder(), 'dist', 'src', ...path);

/** Folder that holds the definitions of the cluster's kinds. */
export const manifestsFolder = (): string => join(packageFolder(), 'dist', 'k8s', 'manifests');

export const programs = {
  cli: (): string => program('cli', 'main.js'),
  worker: (): string => program('worker.js'),
  engineHost: (): string => program('local', 'engine-host.js'),
  runHost: (): string => program('local', 'run-host.js'),
};
