/** The servers of other projects that tests start, and where each may be found. How they are built: build-parts.mjs. */
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * A program in a folder of a Go module that lies here and whose go.mod pins all it needs, the project `of` first: there
 * it has a folder of its name, or is the `package` of that project. Or one of a published module, which pins what it
 * needs itself.
 * @typedef {{ folder: string, of: string, package?: string } | { module: string, version: string }} Source
 * @typedef {{ source: Source, variable: string, onPath: string[], inAssets?: boolean }} Part
 * @typedef {{ path: string, how: string }} FoundPart
 */

const kubernetes = { folder: 'kubernetes', of: 'k8s.io/kubernetes' };
/** The server that `docker-compose.yml` runs. */
const temporal = { folder: 'temporal', of: 'go.temporal.io/server' };

/**
 * `variable` names the program from outside; `onPath` are the names that are taken from PATH: none where a program of
 * that name may be anything; `inAssets` says that the folder KUBEBUILDER_ASSETS holds it.
 */
export const PARTS = /** @type {const} @satisfies {{ [name: string]: Part }} */ ({
  etcd: {
    source: { folder: 'etcd', of: 'go.etcd.io/etcd/server/v3' },
    variable: 'ARENA_TEST_ETCD',
    onPath: ['etcd'],
    inAssets: true,
  },
  'kube-apiserver': {
    source: kubernetes,
    variable: 'ARENA_TEST_KUBE_APISERVER',
    onPath: ['kube-apiserver'],
    inAssets: true,
  },
  'kube-controller-manager': {
    source: kubernetes,
    variable: 'ARENA_TEST_KUBE_CONTROLLER_MANAGER',
    onPath: ['kube-controller-manager'],
  },
  kubectl: { source: kubernetes, variable: 'ARENA_TEST_KUBECTL', onPath: ['kubectl'], inAssets: true },
  'temporal-server': {
    source: { ...temporal, package: 'go.temporal.io/server/cmd/server' },
    variable: 'ARENA_TEST_TEMPORAL_SERVER',
    onPath: ['temporal-server'],
  },
  'temporal-sql-tool': {
    source: { ...temporal, package: 'go.temporal.io/server/cmd/tools/sql' },
    variable: 'ARENA_TEST_TEMPORAL_SQL_TOOL',
    onPath: ['temporal-sql-tool'],
  },
  versitygw: {
    source: { module: 'github.com/versity/versitygw/cmd/versitygw', version: '1.8.0' },
    variable: 'ARENA_TEST_VERSITYGW',
    onPath: ['versitygw'],
  },
  registry: {
    source: { module: 'github.com/distribution/distribution/v3/cmd/registry', version: '3.1.2' },
    variable: 'ARENA_TEST_REGISTRY',
    onPath: [],
  },
  'compose-config': {
    source: { folder: 'compose', of: 'github.com/compose-spec/compose-go/v2' },
    variable: 'ARENA_TEST_COMPOSE_CONFIG',
    onPath: [],
  },
  helm: {
    source: { module: 'helm.sh/helm/v3/cmd/helm', version: '3.18.6' },
    variable: 'ARENA_TEST_HELM',
    onPath: ['helm'],
  },
});

/** @typedef {keyof typeof PARTS} PartName */

/**
 * What is on this machine already: named by its variable, in KUBEBUILDER_ASSETS, on PATH, or in the cache.
 * @param {PartName} name @param {NodeJS.ProcessEnv} env @param {string} cacheDir @returns {FoundPart | undefined}
 */
export function existingPart(name, env, cacheDir) {
  /** @type {Part} */
  const { variable, onPath, inAssets = false } = PARTS[name];
  const given = env[variable];
  if (given) {
    if (isProgram(given)) return { path: given, how: `named by ${variable}` };
    throw new Error(`${variable} is ${given}, which is not a program that can be started`);
  }
  const assets = env.KUBEBUILDER_ASSETS;
  if (inAssets && assets && isProgram(join(assets, name))) {
    return { path: join(assets, name), how: 'found in KUBEBUILDER_ASSETS' };
  }
  for (const folder of (env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const path = onPath.map((program) => join(folder, program)).find(isProgram);
    if (path !== undefined) return { path, how: 'found on PATH' };
  }
  const cached = cachedPart(name, cacheDir);
  return isProgram(cached) ? { path: cached, how: 'found in the cache' } : undefined;
}

/** Where a built one lies. @param {PartName} name @param {string} cacheDir */
export function cachedPart(name, cacheDir) {
  return join(cacheDir, 'test-parts', `${name}-${versionOf(PARTS[name].source)}`, name);
}

/** The pinned version. @param {Source} source */
export function versionOf(source) {
  if ('version' in source) return source.version;
  const text = readFileSync(fileURLToPath(new URL(`${source.folder}/go.mod`, import.meta.url)), 'utf8');
  const words = text.split(/\s+/);
  const version = words[words.indexOf(source.of) + 1];
  if (!version?.startsWith('v')) throw new Error(`test/parts/${source.folder}/go.mod does not require ${source.of}`);
  return version.slice(1);
}

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
