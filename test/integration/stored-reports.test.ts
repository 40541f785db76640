import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type MockServer, startMockServer } from '../../src/io/mock-server/server.js';
import { arenaBundle } from '../helpers/arena-bundle.js';
import { ArenaUser } from '../helpers/arena-command.js';

describe('arena report --formats', () => {
  let user: ArenaUser;
  let server: MockServer;

  beforeAll(async () => {
    user = new ArenaUser();
    server = await startMockServer();
    const providers = { one: { type: 'openai', model: 'm', base_url: server.url } };
    const output = {
      dir: 'out',
      formats: ['json'],
      junit: { file: 'ci/tests.xml', include_system_out: true },
      json: { pretty: true },
    };
    user.write(arenaBundle('bundle', { providers, scenarios: { a: ['Where is it?'] }, defaults: { output } }));
    await user.arena(['run', 'bundle', '--name', 'nightly']);
  }, 120_000);

  afterAll(async () => {
    await server.close();
    await user.remove();
  });

  test('makes reports as the Arena file of the run wants them', async () => {
    const { code, stdout } = await user.arena(['report', 'nightly', '--formats', 'junit,json', '-o', 'other']);
    expect(code).toBe(0);
    expect(stdout).toContain('other/ci/tests.xml');
    expect(user.read('other/ci/tests.xml')).toContain('<system-out>');
    expect(user.read('other/results.json')).toContain('\n  {\n    "schemaVersion": 1,');
  });

  test('ends with a message, and without a summary, when a file cannot be written', async () => {
    // A folder stands where the file is to be.
    mkdirSync(join(user.folder, 'full', 'results.csv', 'inside'), { recursive: true });
    const { code, stdout, stderr } = await user.arena(['report', 'nightly', '--formats', 'csv', '-o', 'full']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/cannot be written to .*full.*results\.csv/);
    expect(stderr).not.toMatch(/unhandled|^ +at /im);
    expect(existsSync(join(user.folder, 'full', 'summary.json'))).toBe(false);
  });
});
