import { describe, expect, test } from '@jest/globals';
import { formatFault } from '../../src/bundle/fault.js';
import { loadBundleFromArtifact } from '../../src/bundle/load-artifact.js';
import { loadBundleFromFiles, loadBundleFromPack } from '../../src/bundle/load-bundle.js';
import { packFiles } from '../../src/bundle/pack.js';
import { ARENA, SOUND, type Texts } from '../helpers/bundle-texts.js';

const bytesOf = (texts: Texts): Map<string, Uint8Array> =>
  new Map(Object.entries(texts).map(([path, text]) => [path, Buffer.from(text)]));
const artifactOf = (texts: Texts): Uint8Array => packFiles({ arenaFile: '', files: bytesOf(texts) });
const below = (folder: string, texts: Texts): Texts =>
  Object.fromEntries(Object.entries(texts).map(([path, text]) => [`${folder}/${path}`, text]));
const SCENARIO = (SOUND['scenarios/greeting.yaml'] ?? '').replace('name: greeting', 'name: farewell');
const faultsOf = (texts: Texts, arenaFile?: string): string[] =>
  loadBundleFromArtifact(artifactOf(texts), { arenaFile }).faults.map(formatFault);

describe('a bundle among the files of a source', () => {
  // shows JobInput.bundle.artifact
  test('is the one at the top, without what it does not name', () => {
    const { bundle, packed } = loadBundleFromArtifact(artifactOf({ ...SOUND, 'README.md': '# not of the bundle' }));
    expect(bundle?.digest).toBe(loadBundleFromFiles(bytesOf(SOUND), ARENA).bundle?.digest);
    expect(bundle?.files.has('README.md')).toBe(false);
    expect(loadBundleFromPack(packed ?? new Uint8Array()).scenarios.size).toBe(1);
  });

  // shows JobInput.bundle.arenaFile
  test('is the one of the named Arena file, wherever it lies', () => {
    const two = { ...SOUND, ...below('teams/b', { ...SOUND, 'scenarios/greeting.yaml': SCENARIO }) };
    const { bundle } = loadBundleFromArtifact(artifactOf(two), { arenaFile: `teams/b/${ARENA}` });
    expect([...(bundle?.scenarios.keys() ?? [])]).toEqual(['farewell']);
  });

  test('may use files beside its folder, and none outside the source', () => {
    const shared = {
      'shared/fast.yaml': SOUND['providers/fast.yaml'] ?? '',
      ...below('bundle', {
        ...SOUND,
        [ARENA]: (SOUND[ARENA] ?? '').replace('providers/fast.yaml', '../shared/fast.yaml'),
      }),
    };
    expect(faultsOf(shared, `bundle/${ARENA}`)).toEqual([]);
    const outside = { ...SOUND, [ARENA]: (SOUND[ARENA] ?? '').replace('providers/fast.yaml', '../../etc/passwd') };
    expect(faultsOf(outside).join('\n')).toContain('does not exist');
  });

  test.each<[texts: Texts, arenaFile: string | undefined, said: string]>([
    [{ 'a.yaml': '' }, undefined, 'has no Arena file'],
    [{ 'a.arena.yaml': '', 'b.arena.yaml': '' }, undefined, 'has several Arena files: a.arena.yaml, b.arena.yaml'],
    [SOUND, 'confg.arena.yaml', 'did you mean "config.arena.yaml"?'],
    [SOUND, '../config.arena.yaml', 'does not exist in the source'],
  ])('that cannot be found among %j is told', (texts, arenaFile, said) => {
    expect(faultsOf(texts, arenaFile).join('\n')).toContain(said);
  });
});
