import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readEnv } from '../../src/config.js';
import { ArenaError } from '../../src/core/errors.js';

describe('the configuration', () => {
  test('has a default for everything', () => {
    expect(readEnv({})).toEqual({
      dataDir: join(homedir(), '.local/share/arena'),
      bucketStore: undefined,
      cacheDir: join(homedir(), '.cache/arena'),
      temporalBin: undefined,
      externalTemporal: false,
      taskQueue: 'arena',
      logLevel: 'info',
      ci: false,
      stepSummaryFile: undefined,
      allowExec: false,
      allowStdioMcp: false,
      bundleEnv: [],
    });
  });

  test('takes its own folders before those of the desktop, and those before the home folder', () => {
    const xdg = { HOME: '/people/ann', XDG_DATA_HOME: '/data', XDG_CACHE_HOME: '/cache' };
    expect(readEnv(xdg)).toMatchObject({ dataDir: '/data/arena', cacheDir: '/cache/arena' });
    expect(readEnv({ ...xdg, ARENA_DATA_DIR: '/own' })).toMatchObject({ dataDir: '/own', cacheDir: '/cache/arena' });
    expect(readEnv({ HOME: '/people/ann' })).toMatchObject({ dataDir: '/people/ann/.local/share/arena' });
  });

  test('ignores a relative folder of the desktop, as its specification asks', () => {
    expect(readEnv({ HOME: '/people/ann', XDG_CACHE_HOME: 'cache' }).cacheDir).toBe('/people/ann/.cache/arena');
  });

  test.each([
    [{ ARENA_STORE: 's3://runs' }, { bucket: 'runs', prefix: '' }],
    [
      { ARENA_STORE: 's3://runs/', AWS_REGION: 'eu-west-1' },
      { bucket: 'runs', prefix: '', region: 'eu-west-1' },
    ],
    [
      {
        ...{ ARENA_STORE: 's3://runs/team/a/', ARENA_S3_ENDPOINT: 'http://minio:9000' },
        ...{ ARENA_S3_REGION: 'here', AWS_REGION: 'eu-west-1' },
      },
      { bucket: 'runs', prefix: 'team/a', endpoint: 'http://minio:9000', region: 'here' },
    ],
    [{ ARENA_STORE: '', ARENA_S3_ENDPOINT: 'http://minio:9000' }, undefined],
  ])('%j is the bucket %j', (env, expected) => {
    expect(readEnv(env).bucketStore).toEqual(expected);
  });

  test.each(['runs', 'https://runs/x', 's3://', 's3://runs/a/../b', 's3://runs/a//b', 's3://key:canary@runs/x'])(
    'refuses %j as a bucket without repeating it',
    (address) => {
      const refused = () => readEnv({ ARENA_STORE: address, ARENA_S3_ENDPOINT: 'http://me:canary@minio' });
      expect(refused).toThrow(/^ARENA_STORE is not an address.*\nARENA_S3_ENDPOINT is not an address[^@]*$/);
    },
  );

  test.each(['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'])(
    'uses a Temporal service when %s names one',
    (name) => {
      expect(readEnv({ [name]: 'x' }).externalTemporal).toBe(true);
      expect(readEnv({ [name]: '' }).externalTemporal).toBe(false);
    },
  );

  test.each([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
    ['', false],
  ])('reads CI=%s as %s', (value, ci) => {
    expect(readEnv({ CI: value }).ci).toBe(ci);
  });

  test('lets bundles do what the environment allows', () => {
    const env = { ARENA_ALLOW_EXEC: '1', ARENA_ALLOW_STDIO_MCP: 'true', ARENA_BUNDLE_ENV: 'SHOP_*, KEY,' };
    expect(readEnv(env)).toMatchObject({ allowExec: true, allowStdioMcp: true, bundleEnv: ['SHOP_*', 'KEY'] });
    expect(readEnv({ ARENA_ALLOW_EXEC: '0', ARENA_ALLOW_STDIO_MCP: 'false' })).toMatchObject({
      allowExec: false,
      allowStdioMcp: false,
    });
  });

  test('names all faults at once', () => {
    const read = () => readEnv({ ARENA_LOG_LEVEL: 'loud', ARENA_TASK_QUEUE: 'q'.repeat(201) });
    expect(read).toThrow(ArenaError);
    expect(read).toThrow(/ARENA_TASK_QUEUE is longer than 200 characters\nARENA_LOG_LEVEL is "loud"/);
  });
});
