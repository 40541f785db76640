/**
 * `node scripts/test.mjs PROJECT… [JEST OPTIONS]`: makes ready what the named jest projects need, then runs them.
 * Tests that start processes use the compiled product and a real Temporal dev server, so both are provided first; slow
 * ones use a Kubernetes control plane and other servers besides, which are provided first as well.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PROJECTS = ['unit', 'replay', 'integration', 'e2e'];
// These start servers and workers of their own: side by side on two cores they would steal each other's time.
const ONE_AT_A_TIME = ['integration', 'e2e'];

/** @param {string[]} args */
function node(args) {
  return spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' }).status ?? 1;
}

/** @param {string[]} projects @param {string[]} options @param {number} workers */
function jest(projects, options, workers) {
  if (projects.length === 0) return 0;
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  // A connection that the failure of a test has left open must not keep the others' outcome back.
  const end = projects.includes('e2e') ? ['--forceExit'] : [];
  const selection = ['--selectProjects', ...projects, `--maxWorkers=${workers}`, '--passWithNoTests'];
  return node([...flags, 'node_modules/jest/bin/jest.js', ...selection, ...end, ...options]);
}

/** Found or fetched once here, so that no test waits for a download and all tests use the same one. */
async function provideTemporal() {
  const { findTemporal } = await import('../dist/src/local/temporal-binary.js');
  const { readEnv } = await import('../dist/src/config.js');
  const { temporalBin, cacheDir } = readEnv(process.env);
  const say = (/** @type {string} */ line) => console.error(`temporal: ${line}`);
  const { path, how } = await findTemporal({ given: temporalBin, searchPath: process.env.PATH, cacheDir, say });
  say(`${path} (${how})`);
  process.env.ARENA_TEMPORAL_BIN = path;
}

async function provideTestParts() {
  const { provideParts } = await import('../test/parts/build-parts.mjs');
  const { readEnv } = await import('../dist/src/config.js');
  await provideParts(process.env, readEnv(process.env).cacheDir, (line) => console.error(`parts: ${line}`));
}

const args = process.argv.slice(2);
const known = args.findIndex((arg) => !PROJECTS.includes(arg));
const projects = known === -1 ? args : args.slice(0, known);
const options = known === -1 ? [] : args.slice(known);
if (projects.length === 0) {
  console.error(`usage: node scripts/test.mjs ${PROJECTS.join('|')} … [jest options]`);
  process.exit(2);
}

if (!existsSync(new URL('../../shared/corpus', import.meta.url))) {
  console.error('note: ../shared/corpus is not there, tests on its bundles are left out');
}
if (projects.some((name) => name !== 'unit')) {
  const built = node(['scripts/build.mjs']);
  if (built !== 0) process.exit(built);
  await provideTemporal();
  if (projects.includes('e2e')) await provideTestParts();
}
const quick = jest(
  projects.filter((name) => !ONE_AT_A_TIME.includes(name)),
  options,
  2,
);
const slow = jest(
  projects.filter((name) => ONE_AT_A_TIME.includes(name)),
  options,
  1,
);
process.exitCode = quick || slow;
