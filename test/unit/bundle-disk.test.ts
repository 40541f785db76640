import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { formatFault } from '../../src/bundle/fault.js';
import { loadBundleFromDisk, loadBundleFromPack } from '../../src/bundle/load-bundle.js';
import { ARENA, SOUND, type Texts } from '../helpers/bundle-texts.js';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'arena-bundle-'));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(texts: Texts, folder = 'bundle'): string {
  for (const [path, text] of Object.entries(texts)) {
    const file = join(root, folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return join(root, folder);
}

function faultsOf(path: string): string[] {
  return loadBundleFromDisk(path).faults.map((fault) => formatFault(fault).replaceAll(root, 'ROOT'));
}

const arena = SOUND[ARENA] ?? '';

describe('the Arena file of a folder', () => {
  test('is config.arena.yaml before arena.yaml', () => {
    const folder = write({ ...SOUND, 'arena.yaml': 'broken: [' });
    expect(loadBundleFromDisk(folder).bundle?.arena.file).toBe(ARENA);
  });

  test('is arena.yaml else', () => {
    const { [ARENA]: _, ...rest } = SOUND;
    expect(loadBundleFromDisk(write({ ...rest, 'arena.yaml': arena })).bundle?.arena.file).toBe('arena.yaml');
  });

  test('is the only one that is called so', () => {
    const { [ARENA]: _, ...rest } = SOUND;
    const folder = write({ ...rest, 'shop.arena.yaml': arena });
    expect(loadBundleFromDisk(folder).bundle?.arena.file).toBe('shop.arena.yaml');
  });

  test('must be named when there are several', () => {
    const folder = write({ 'a.arena.yaml': arena, 'b.arena.yaml': arena });
    expect(faultsOf(folder)).toEqual([
      'ROOT/bundle has several Arena files: a.arena.yaml, b.arena.yaml, name one of them',
    ]);
  });

  test('may be missing', () => {
    expect(faultsOf(write({ 'readme.md': '' }))).toEqual([
      'ROOT/bundle has no Arena file, expected config.arena.yaml in it',
    ]);
  });

  test('may be named itself, and is looked for with a suggestion', () => {
    const folder = write(SOUND);
    expect(loadBundleFromDisk(join(folder, ARENA)).bundle?.name).toBe('shop');
    expect(faultsOf(join(folder, 'confg.arena.yaml'))).toEqual([
      'ROOT/bundle/confg.arena.yaml does not exist, did you mean "config.arena.yaml"?',
    ]);
    expect(faultsOf(join(root, 'nowhere', 'at', 'all'))).toEqual([
      'ROOT/nowhere/at/all does not exist, name a bundle folder or an Arena file',
    ]);
  });
});

describe('a bundle on disk', () => {
  test('may refer to files above its folder, and keeps its digest wherever it lies', () => {
    const outside = arena.replace('tools/order.yaml', '../shared/order.yaml');
    const texts = { ...SOUND, [ARENA]: outside };
    const shared = { 'order.yaml': SOUND['tools/order.yaml'] ?? '' };
    const here = loadBundleFromDisk(write(texts, 'here/bundle'));
    expect(here.faults.map(formatFault)).toEqual([`${ARENA}:17:7 ../shared/order.yaml does not exist`]);
    write(shared, 'here/shared');
    write(texts, 'there/bundle');
    write(shared, 'there/shared');
    const one = loadBundleFromDisk(join(root, 'here/bundle'));
    const other = loadBundleFromDisk(join(root, 'there/bundle'));
    expect(one.bundle?.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(other.bundle?.digest).toBe(one.bundle?.digest);
    expect(loadBundleFromPack(one.packed ?? new Uint8Array()).tools.get('get_order')?.file).toBe(
      '../shared/order.yaml',
    );
  });

  test('may use links', () => {
    const folder = write(SOUND);
    const elsewhere = write({ 'a.yaml': SOUND['tools/order.yaml'] ?? '' }, 'elsewhere');
    rmSync(join(folder, 'tools'), { recursive: true });
    mkdirSync(join(folder, 'tools'));
    symlinkSync(join(elsewhere, 'a.yaml'), join(folder, 'tools/order.yaml'));
    expect(faultsOf(folder)).toEqual([]);
  });

  test('takes an extra mock file along', () => {
    const folder = write({ ...SOUND, 'answers.yaml': 'defaultResponse: hi\n' });
    const { packed } = loadBundleFromDisk(folder, { extraMockConfig: 'answers.yaml' });
    expect(loadBundleFromPack(packed ?? new Uint8Array()).files.has('answers.yaml')).toBe(true);
    const { faults } = loadBundleFromDisk(folder, { extraMockConfig: 'anwsers.yaml' });
    expect(faults.map(formatFault)).toEqual(['anwsers.yaml does not exist, did you mean "answers.yaml"?']);
  });

  test('takes whole skills along, and recordings by glob', () => {
    const more = `${arena}  skills: [{ path: skills/ }]\n  eval_specs: { e: { recording: { path: 'old/*.json' } } }\n`;
    const folder = write({
      ...SOUND,
      [ARENA]: more,
      'skills/a/SKILL.md': '---\nname: a\ndescription: A skill.\n---\n',
      'skills/a/data/x.csv': '',
      'old/1.json': '{}',
      'old/2.json': '{}',
      'old/notes.md': '',
    });
    const { bundle } = loadBundleFromDisk(folder);
    expect([...(bundle?.files.keys() ?? [])]).toEqual(
      expect.arrayContaining(['skills/a/SKILL.md', 'skills/a/data/x.csv', 'old/1.json', 'old/2.json']),
    );
    expect(bundle?.files.has('old/notes.md')).toBe(false);
  });

  test('does not read folders and devices as files', () => {
    const folder = write({ ...SOUND, [ARENA]: arena.replace('tools/order.yaml', 'tools') });
    expect(faultsOf(folder)).toEqual([`${ARENA}:17:7 tools is a folder, not a file`]);
    write({ [ARENA]: arena.replace('tools/order.yaml', '/dev/zero') });
    expect(faultsOf(folder)).toEqual([`${ARENA}:17:7 /dev/zero is not a regular file`]);
  });
});
