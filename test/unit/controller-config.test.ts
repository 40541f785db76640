import { describe, expect, test } from '@jest/globals';
import { readControllerEnv } from '../../src/controller-config.js';
import { ArenaError } from '../../src/core/errors.js';

describe('the settings of the controller', () => {
  test('have a default for everything', () => {
    expect(readControllerEnv({})).toEqual({
      namespaces: undefined,
      artifactUrl: undefined,
      keepArtifacts: 10,
      host: undefined,
      port: 8080,
      parallel: 4,
      resyncMs: 600_000,
      leaseNamespace: undefined,
    });
  });

  test.each([
    [{ ARENA_NAMESPACES: ' a, b ,,a' }, { namespaces: ['a', 'b'] }],
    [{ ARENA_NAMESPACES: '' }, { namespaces: undefined }],
    [{ ARENA_ARTIFACT_URL: 'https://arena.example/files//' }, { artifactUrl: 'https://arena.example/files' }],
    [{ ARENA_KEEP_ARTIFACTS: '1' }, { keepArtifacts: 1 }],
    [
      { ARENA_CONTROLLER_HOST: '::1', ARENA_CONTROLLER_PORT: '0' },
      { host: '::1', port: 0 },
    ],
    [
      { ARENA_CONTROLLER_PARALLEL: '64', ARENA_RESYNC: '1s' },
      { parallel: 64, resyncMs: 1_000 },
    ],
    [{ ARENA_LEASE_NAMESPACE: 'arena-system' }, { leaseNamespace: 'arena-system' }],
  ])('are read from %j', (env, expected) => {
    expect(readControllerEnv(env)).toMatchObject(expected);
  });

  test('that are wrong are named all at once', () => {
    const wrong = {
      ARENA_NAMESPACES: 'good,Bad_One',
      ARENA_ARTIFACT_URL: 'ftp://user:secret@files',
      ARENA_KEEP_ARTIFACTS: '0',
      ARENA_CONTROLLER_HOST: 'example.com',
      ARENA_CONTROLLER_PORT: '65536',
      ARENA_CONTROLLER_PARALLEL: '4.5',
      ARENA_RESYNC: '10ms',
      ARENA_LEASE_NAMESPACE: '-',
    };
    let failure: ArenaError | undefined;
    try {
      readControllerEnv(wrong);
    } catch (error) {
      if (error instanceof ArenaError) failure = error;
    }
    const lines = failure?.message.split('\n') ?? [];
    for (const name of Object.keys(wrong)) expect(lines.filter((line) => line.includes(name))).toHaveLength(1);
    expect([failure?.code, failure?.message.includes('secret')]).toEqual(['invalid_input', false]);
  });

  test('refuse more namespaces than can be watched one by one', () => {
    const names = Array.from({ length: 101 }, (_, n) => `team-${n}`).join(',');
    expect(() => readControllerEnv({ ARENA_NAMESPACES: names })).toThrow('of more than 100 watch all');
  });
});
