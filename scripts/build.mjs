/**
 * Builds dist/: compiles, copies what is not TypeScript, bundles the workflows, makes the command executable.
 * Runs at `npm ci` (prepare), before tests and by hand; does nothing when nothing has changed.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const SOURCES = ['src', 'workflows', 'activities', 'k8s', 'conformance'];
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'scripts/build.mjs'];
const COMMANDS = ['dist/src/cli/main.js'];
const WORKFLOW_BUNDLE = 'dist/workflow-bundle.js';
const WORKFLOW_SOURCES = ['dist/workflows', 'dist/src/core'];

/** @param {string} folder @returns {string[]} */
function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** @param {string[]} files */
function fingerprint(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

/** Runs `make` when its inputs differ from those it last succeeded with. @param {string} name @param {string[]} inputs @param {string[]} outputs @param {() => void | Promise<void>} make */
async function whenChanged(name, inputs, outputs, make) {
  const stamp = join('dist', `.${name}.stamp`);
  const now = fingerprint(inputs);
  if (outputs.every((file) => existsSync(file)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return;
  const started = Date.now();
  await make();
  mkdirSync('dist', { recursive: true });
  writeFileSync(stamp, now);
  console.error(`build: ${name} ${((Date.now() - started) / 1000).toFixed(1)}s`);
}

/** Outputs of sources that are gone would still be found by imports and by the workflow bundler. */
function removeOrphans() {
  for (const file of SOURCES.flatMap((folder) => filesBelow(join('dist', folder)))) {
    const source = file.slice('dist/'.length).replace(/(\.d\.ts|\.js)(\.map)?$/, '');
    const wanted = ['.ts', '.js', ''].some((ending) => existsSync(source + ending));
    if (!wanted) rmSync(file);
  }
}

function compile() {
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
  if (status !== 0) {
    console.error('build: the compiler found faults, see above');
    process.exit(1);
  }
}

function copyAssets() {
  // Of the manifests a running product needs the definitions of its kinds only.
  const unused = /\.ts$|^k8s\/manifests\/(?!crds|admission)/;
  for (const file of SOURCES.flatMap(filesBelow).filter((name) => !unused.test(name))) {
    const target = join('dist', file);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(file, target);
  }
}

/** Bundled here, so that no worker spends seconds of its start on webpack. */
async function bundleWorkflows() {
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const quiet = () => undefined;
  const logger = { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: console.error, error: console.error };
  const { code } = await bundleWorkflowCode({ workflowsPath: join(root, 'dist/workflows/index.js'), logger });
  writeFileSync(WORKFLOW_BUNDLE, code);
}

await whenChanged('compile', [...SOURCES.flatMap(filesBelow), ...SETTINGS], COMMANDS, () => {
  removeOrphans();
  compile();
  copyAssets();
  for (const file of COMMANDS) chmodSync(file, statSync(file).mode | 0o111);
});
await whenChanged(
  'workflows',
  WORKFLOW_SOURCES.flatMap(filesBelow).filter((file) => file.endsWith('.js')),
  [WORKFLOW_BUNDLE],
  bundleWorkflows,
);
