/**
 * `node scripts/test.mjs KIND… [JEST OPTIONS]`: makes ready what these kinds of tests need, then runs them.
 * Tests that start processes use the compiled product and a real Temporal dev server, so both are provided first; slow
 * ones use a Kubernetes control plane and other servers besides, which are provided first as well.
 *
 * Without options, files of tests that start processes and failed are run once more, by themselves, when all else is
 * done: a machine that stands still for seconds proves nothing about the product. Which these are, and how they ended,
 * is said at the end; the last line is "N passed, N failed".
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { outcomes, totals, worthAnother } from './test-outcome.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/**
 * Projects of jest for each kind. `pairs` run two files at a time. `alone` start servers and workers of their own: side
 * by side on two cores these would steal each other's time. `beside` run while others do, whatever their pace.
 * @type {{ [kind: string]: { pairs?: string[], alone?: string[], beside?: string[] } }}
 */
const KINDS = {
  unit: { pairs: ['unit'] },
  replay: { pairs: ['replay'] },
  integration: { pairs: ['services'], alone: ['integration'], beside: ['integration-beside'] },
  e2e: { alone: ['e2e'], beside: ['e2e-beside'] },
};

/** @param {string[]} args */
function node(args) {
  return spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' }).status ?? 1;
}

/** Where each run of jest writes what came of its tests. */
const told = mkdtempSync(join(tmpdir(), 'arena-tests-'));
/** @type {string[]} */
const written = [];
process.on('exit', () => rmSync(told, { recursive: true, force: true }));

/** @param {string[]} projects @param {string[]} options @param {number} workers */
function jestArgs(projects, options, workers) {
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  // A connection that the failure of a test has left open must not keep the others' outcome back.
  const end = projects.some((name) => name.startsWith('e2e')) ? ['--forceExit'] : [];
  const selection = ['--selectProjects', ...projects, `--maxWorkers=${workers}`, '--passWithNoTests'];
  const outcome = join(told, `${written.length}.json`);
  written.push(outcome);
  const report = ['--json', `--outputFile=${outcome}`];
  return [...flags, 'node_modules/jest/bin/jest.js', ...selection, ...end, ...report, ...options];
}

/**
 * Runs jest; gives its exit code. With `apart`, what it says is kept until `apart` is done, so that it stays together.
 * @param {string[]} projects @param {string[]} options @param {number} workers @param {Promise<unknown>} [apart]
 */
async function jest(projects, options, workers, apart) {
  if (projects.length === 0) return 0;
  const child = spawn(process.execPath, jestArgs(projects, options, workers), {
    cwd: ROOT,
    stdio: apart === undefined ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  });
  /** @type {Buffer[]} */
  const said = [];
  child.stdout?.on('data', (chunk) => said.push(chunk));
  child.stderr?.on('data', (chunk) => said.push(chunk));
  const [code] = await once(child, 'close');
  await apart;
  if (said.length > 0) process.stderr.write(Buffer.concat(said));
  return code ?? 1;
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
const known = args.findIndex((arg) => !Object.hasOwn(KINDS, arg));
const kinds = known === -1 ? args : args.slice(0, known);
const options = known === -1 ? [] : args.slice(known);
if (kinds.length === 0) {
  console.error(`usage: node scripts/test.mjs ${Object.keys(KINDS).join('|')} … [jest options]`);
  process.exit(2);
}

if (!existsSync(new URL('../../shared/corpus', import.meta.url))) {
  console.error('note: ../shared/corpus is not there, tests on its bundles are left out');
}
if (kinds.some((kind) => kind !== 'unit')) {
  const built = node(['scripts/build.mjs']);
  if (built !== 0) process.exit(built);
  await provideTemporal();
  if (kinds.includes('e2e')) await provideTestParts();
}
/** @param {'pairs' | 'alone' | 'beside'} how */
const projects = (how) => kinds.flatMap((kind) => KINDS[kind]?.[how] ?? []);
const paired = await jest(projects('pairs'), options, 2);
const alone = jest(projects('alone'), options, 1);
const beside = jest(projects('beside'), options, 1, alone);
const first = paired || (await alone) || (await beside);
const again = options.length === 0 ? worthAnother(outcomes(written), ROOT) : [];
const all = kinds.flatMap((kind) => Object.values(KINDS[kind] ?? {}).flat());
process.exitCode = again.length === 0 ? first : await jest(all, [...again, '--runTestsByPath'], 1);
const after = outcomes(written);
for (const path of again) {
  const how = after.get(path)?.status === 'passed' ? 'failed once, passed when run again' : 'failed twice';
  console.error(`${relative(ROOT, path)}: ${how}`);
}
if (after.size > 0) {
  const { passed, failed } = totals(after);
  console.error(`${passed} passed, ${failed} failed`);
}
