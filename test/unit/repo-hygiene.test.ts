import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { missingEntries } from '../../scripts/complete-lock.mjs';

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--deduplicate'], { encoding: 'utf8' })
  .split('\n')
  // Links of the chart lead to files that are looked at where they lie.
  .filter((file) => file !== '' && existsSync(file) && !lstatSync(file).isSymbolicLink());
const pages = files.filter((file) => file.endsWith('.md'));

/** Anchors as hosting sites make them from headings. */
function anchorsOf(page: string): Set<string> {
  const headings = readFileSync(page, 'utf8').matchAll(/^#{1,6} (.+)$/gm);
  const slug = (title: string): string =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
  return new Set([...headings].map((heading) => slug(heading[1] ?? '')));
}

function brokenLinks(page: string): string[] {
  const prose = readFileSync(page, 'utf8').replace(/```[\s\S]*?```/g, '');
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : join(dirname(page), path);
    return !existsSync(file) || (anchor !== undefined && !anchorsOf(file).has(anchor));
  });
}

describe('the repository', () => {
  test.each(pages)('every link of %s leads somewhere', (page) => {
    expect(brokenLinks(page)).toEqual([]);
  });

  test('the index of decisions lists every decision', () => {
    const index = readFileSync('docs/decisions/README.md', 'utf8');
    const decisions = readdirSync('docs/decisions').filter((name) => /^\d{4}-/.test(name));
    expect(decisions.filter((name) => !index.includes(`(${name})`))).toEqual([]);
    expect(decisions.length).toBeGreaterThan(0);
  });

  test('versions of dependencies are exact', () => {
    const manifest: unknown = JSON.parse(readFileSync('package.json', 'utf8'));
    const { dependencies, devDependencies } = manifest as Record<string, Record<string, string>>;
    const versions = Object.entries({ ...dependencies, ...devDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  test('the lock file names no host, so that every registry can serve it', () => {
    expect(readFileSync('package-lock.json', 'utf8')).not.toContain('"resolved": "http');
  });

  test('the lock file names the packages of every platform, else npm ci refuses it', () => {
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
    expect(missingEntries(packages)).toEqual({});
    const parent = { version: '1.0.0', dev: true, optionalDependencies: { '@a/b-linux-x64-musl': '1.0.0' } };
    expect(missingEntries({ 'node_modules/@a/b': parent })).toEqual({
      'node_modules/@a/b-linux-x64-musl': {
        version: '1.0.0',
        os: ['linux'],
        cpu: ['x64'],
        libc: ['musl'],
        dev: true,
        optional: true,
      },
    });
  });

  test('what CI calls can be executed', () => {
    expect(statSync('.ci/run').mode & 0o111).not.toBe(0);
  });

  test('no file names a folder of the machine it was written on', () => {
    const folders = [`${process.cwd()}/`, `${homedir()}/`];
    const texts = files.filter((file) => !/\.(png|jpg|gz|bin)$/.test(file));
    const named = texts.filter((file) => folders.some((folder) => readFileSync(file, 'utf8').includes(folder)));
    expect(named).toEqual([]);
  });
});
