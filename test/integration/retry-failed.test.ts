import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type MockServer, startMockServer } from '../../src/io/mock-server/server.js';
import { arenaBundle } from '../helpers/arena-bundle.js';
import { ArenaUser, type Outcome } from '../helpers/arena-command.js';

describe('arena retry --failed after a run in which one check failed and one call was refused', () => {
  let user: ArenaUser;
  let server: MockServer;
  let first: Outcome;
  let verdicts: string[];
  let callsOfFirst: number;
  let second: Outcome;

  beforeAll(async () => {
    user = new ArenaUser();
    const answers = [
      { when: { user: 'second' }, times: 1, answer: { text: 'no' } },
      { when: { user: 'fourth' }, times: 1, answer: { status: 403 } },
    ];
    server = await startMockServer({ script: { answers } });
    const providers = { one: { type: 'openai', model: 'm', base_url: server.url } };
    const scenarios = { a: ['first'], b: ['second'], c: ['third'], d: ['fourth', 'fifth'] };
    const assertions = [{ type: 'min_length', params: { min: 5 } }];
    user.write(arenaBundle('bundle', { providers, scenarios, assertions }));
    const args = ['--name', 'nightly', '-o', 'first', '--formats', 'junit', '--hold', '0s'];
    first = await user.arena(['run', 'bundle', ...args]);
    verdicts = user.results('first').map(({ verdict }) => verdict);
    callsOfFirst = server.stats().calls;
    second = await user.arena(['retry', 'nightly', '--failed']);
  }, 120_000);

  afterAll(async () => {
    await server.close();
    await user.remove();
  });

  test('begins with a run that fails by its check and says how to go on', () => {
    expect(first.code).toBe(3);
    expect(first.stderr).toContain('arena retry nightly/1 --failed');
    expect(callsOfFirst).toBe(4);
    expect(verdicts).toEqual(['passed', 'failed', 'passed', 'errored']);
  });

  // shows JobInput.retryOf
  test('runs those two only and ends well', () => {
    expect(second.code).toBe(0);
    expect(second.stderr).toContain('nightly/2, a retry of nightly/1');
    expect(server.stats().calls - callsOfFirst).toBe(3);
  });

  test('reports all four, the others marked as taken over', () => {
    expect(user.summary('first')).toMatchObject({
      ...{ run: 'nightly/2', retryOf: 'nightly/1', phase: 'Succeeded' },
      counts: { total: 4, passed: 4, failed: 0, errored: 0, reused: 2 },
    });
    expect(user.results('first').map(({ verdict, reused }) => [verdict, reused === true])).toEqual([
      ['passed', true],
      ['passed', false],
      ['passed', true],
      ['passed', false],
    ]);
  });

  test('leaves the first run as it was', async () => {
    const { code, stdout } = await user.arena(['report', 'nightly/1', '-o', 'again']);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n').sort()).toEqual(
      ['junit.xml', 'results.jsonl', 'summary.json'].map((file) => `again/${file}`),
    );
    expect(user.summary('again')).toMatchObject({ run: 'nightly/1', counts: { passed: 2, failed: 1, errored: 1 } });
    expect((await user.arena(['wait', 'nightly/1'])).code).toBe(3);
    expect((await user.arena(['wait', 'nightly'])).code).toBe(0);
  });

  test('is refused with the way out when the run is not known', async () => {
    const { code, stdout, stderr } = await user.arena(['retry', 'nightyl', '--failed']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('nightly');
  });

  test('leaves no process behind', () => user.nothingRuns());
});
