/**
 * Adds what `npm install` leaves out of the lock file when the registry in use does not carry the packages of other
 * platforms: without an entry for each of them `npm ci` refuses the lock file everywhere. Run it after each change of
 * dependencies (`npm run lock`).
 */
import { readFileSync, writeFileSync } from 'node:fs';

/** @typedef {{ version: string, dev?: boolean, optionalDependencies?: Record<string, string> }} LockEntry */

const SYSTEM =
  /-(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|ia32|loong64|ppc64|riscv64|s390x|x64)\b(.*)$/;

/** @param {string} name */
function platformOf(name) {
  const [, system, processor, rest = ''] = SYSTEM.exec(name) ?? [];
  if (system === undefined || processor === undefined) throw new Error(`cannot tell the platform of ${name}`);
  const libc = rest.includes('musl') ? ['musl'] : ['glibc'];
  return { os: [system], cpu: [processor], ...(system === 'linux' && rest !== '' ? { libc } : {}) };
}

/**
 * Entries that are missing, by place in the tree.
 * @param {Record<string, LockEntry>} packages
 */
export function missingEntries(packages) {
  /** @type {Record<string, object>} */
  const missing = {};
  for (const [place, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const own = `${place}/node_modules/${name}`;
      const shared = `node_modules/${name}`;
      if (packages[own] !== undefined || packages[shared] !== undefined) continue;
      const dev = entry.dev === true ? { dev: true } : {};
      missing[shared] = { version, ...platformOf(name), ...dev, optional: true };
    }
  }
  return missing;
}

if (process.argv[1]?.endsWith('complete-lock.mjs')) {
  const file = new URL('../package-lock.json', import.meta.url);
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const missing = missingEntries(lock.packages);
  const all = Object.entries({ ...lock.packages, ...missing });
  lock.packages = Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.error(`lock: ${Object.keys(missing).length} entries added`);
}
