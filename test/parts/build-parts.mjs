/** Building the parts that are not on this machine, once, into the cache folder of the user. */
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runGo } from '../../dist/src/local/go-build.js';
import { lockWhenFree } from '../../dist/src/local/lock.js';
import { cachedPart, existingPart, PARTS, versionOf } from './parts.mjs';

/** @typedef {import('./parts.mjs').PartName} PartName */
/** @typedef {(line: string) => void} Say */

const WORK_PREFIX = '.build-';
const FLAGS = ['-trimpath', '-buildvcs=false'];
/** Go compiles on all cores, but links and downloads on one: a second build fills the gaps, a third only memory. */
const AT_ONCE = 2;

/**
 * Finds each part or builds it, and names it in the environment, so that tests find the same one.
 * @param {NodeJS.ProcessEnv} env @param {string} cacheDir @param {Say} say
 */
export async function provideParts(env, cacheDir, say) {
  const names = /** @type {PartName[]} */ (Object.keys(PARTS));
  const missing = names.filter((name) => existingPart(name, env, cacheDir) === undefined);
  if (missing.length > 0) await buildMissing(env, cacheDir, say);
  for (const name of names) {
    const found = existingPart(name, env, cacheDir);
    if (found === undefined) throw new Error(`${name} is not there though it was built`);
    say(`${name}: ${found.path} (${missing.includes(name) ? 'built with Go' : found.how})`);
    env[PARTS[name].variable] = found.path;
  }
}

/** @param {NodeJS.ProcessEnv} env @param {string} cacheDir @param {Say} say */
async function buildMissing(env, cacheDir, say) {
  const folder = join(cacheDir, 'test-parts');
  const lock = await lockWhenFree(folder, 'build', () => say('waiting for another process that builds them'));
  try {
    // Nobody else works here while this process has the lock: what is left over is of one that was killed.
    for (const name of await readdir(folder)) {
      if (name.startsWith(WORK_PREFIX)) await rm(join(folder, name), { recursive: true, force: true });
    }
    const builds = buildsOf(env, cacheDir);
    const work = async () => {
      for (let build = builds.shift(); build !== undefined; build = builds.shift()) {
        await buildInto(folder, cacheDir, build, say);
      }
    };
    // All settle before the lock goes: a build that another's failure left alone would work on without it.
    const outcomes = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  } finally {
    await lock.release();
  }
}

/** Programs that are built by one call of Go, the longest first. @param {NodeJS.ProcessEnv} env @param {string} cacheDir */
function buildsOf(env, cacheDir) {
  const names = /** @type {PartName[]} */ (Object.keys(PARTS));
  const missing = names.filter((name) => existingPart(name, env, cacheDir) === undefined);
  const together = ['kubernetes', 'temporal'].map((folder) => missing.filter((name) => isOfFolder(name, folder)));
  const others = missing.filter((name) => !together.flat().includes(name)).map((name) => [name]);
  return [...together.filter((names) => names.length > 0), ...others];
}

/** @param {PartName} name @param {string} folder */
function isOfFolder(name, folder) {
  const { source } = PARTS[name];
  return 'folder' in source && source.folder === folder;
}

/** @param {string} folder @param {string} cacheDir @param {PartName[]} names @param {Say} say */
async function buildInto(folder, cacheDir, names, say) {
  const work = await mkdtemp(join(folder, WORK_PREFIX));
  try {
    const what = { name: names.join(', '), about: 'all parts take about 15 min' };
    await runGo({ ...commandFor(names, work), what, say }).catch((error) => {
      throw new Error(cannotBuild(names, error));
    });
    for (const name of names) {
      const target = cachedPart(name, cacheDir);
      await mkdir(dirname(target), { recursive: true });
      await rename(join(work, builtName(name)), target);
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Go names a program as the last folder of its package. @param {PartName} name */
function builtName(name) {
  /** @type {import('./parts.mjs').Source} */
  const source = PARTS[name].source;
  return 'package' in source && source.package !== undefined ? basename(source.package) : name;
}

/** All ways to come by them. @param {PartName[]} names @param {Error} error */
function cannotBuild(names, { message }) {
  const variables = names.map((name) => PARTS[name].variable).join(', ');
  return `${names.join(', ')}: neither on PATH nor in the cache, and not built (${message}). Install Go or name them in ${variables}`;
}

/** @param {PartName[]} names of one source @param {string} work */
function commandFor(names, work) {
  const [first] = names;
  if (first === undefined) throw new Error('nothing to build');
  const { source } = PARTS[first];
  if ('module' in source) {
    const args = ['install', ...FLAGS, '-ldflags=-s -w', `${source.module}@v${source.version}`];
    return { args, folder: work, env: { GOBIN: work } };
  }
  const folder = fileURLToPath(new URL(source.folder, import.meta.url));
  // In a folder of a workspace of Go, go.mod alone would not decide.
  return {
    args: ['build', ...flagsOf(source), ldFlags(source), '-o', work, ...packagesOf(names)],
    folder,
    env: { GOWORK: 'off' },
  };
}

/**
 * Temporal is built as the product builds the dev server, and from the same modules: where that was done on this machine
 * Go has nearly all of it.
 * @param {{ folder: string }} source
 */
const flagsOf = ({ folder }) => (folder === 'temporal' ? [] : FLAGS);

/** kubectl refuses to work with a server that does not tell its version. @param {{ folder: string, of: string }} source */
function ldFlags(source) {
  if (source.folder !== 'kubernetes') return '-ldflags=-s -w';
  const version = versionOf(source);
  const [major, minor] = version.split('.');
  const values = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor };
  const settings = Object.entries(values).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return `-ldflags=-s -w ${settings.join(' ')}`;
}

/** @param {PartName[]} names */
function packagesOf(names) {
  return names.map((name) => {
    /** @type {import('./parts.mjs').Source} */
    const source = PARTS[name].source;
    return 'package' in source && source.package !== undefined ? source.package : `./${name}`;
  });
}
