import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ConversationRecord } from '../../src/core/conversation.js';
import type { MockScript } from '../../src/io/mock-server/script.js';
import { type MockServer, startMockServer } from '../../src/io/mock-server/server.js';
import { arenaBundle } from '../helpers/arena-bundle.js';
import { ArenaUser, type Outcome } from '../helpers/arena-command.js';
import { parseXml } from '../helpers/strict-xml.js';

const SCENARIOS = { one: ['first'], two: ['second', 'third'] };

/** What a provider answers always, the code that follows from it, and how often it is called for two conversations. */
const TROUBLE: { [provider: string]: { answer: NonNullable<MockScript['default']>; code: string; calls: number } } = {
  'wrong-key': {
    answer: { status: 401, body: { error: { message: 'Incorrect API key' } } },
    code: 'unauthorized',
    calls: 2,
  },
  'no-model': { answer: { status: 404 }, code: 'provider_rejected', calls: 2 },
  broken: { answer: { status: 500 }, code: 'provider_unavailable', calls: 6 },
  'no-json': { answer: { body: '<html>Welcome to the proxy</html>' }, code: 'malformed_answer', calls: 6 },
  cut: { answer: { cut: 'connection' }, code: 'connection_failed', calls: 6 },
  'cut-in-body': { answer: { cut: 'body' }, code: 'stream_cut', calls: 6 },
  hanging: { answer: { hang: true }, code: 'call_timeout', calls: 6 },
  empty: { answer: { text: '' }, code: 'empty_answer', calls: 2 },
  redirect: {
    answer: { status: 307, headers: { location: 'http://127.0.0.1:9/' } },
    code: 'redirect_refused',
    calls: 2,
  },
  huge: { answer: { size_mb: 5 }, code: 'answer_too_large', calls: 2 },
};

/** An address where nobody listens. */
async function deadAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/v1`;
}

describe('providers that answer as they should not, beside one that does', () => {
  let user: ArenaUser;
  const servers = new Map<string, MockServer>();
  let outcome: Outcome;
  let records: ConversationRecord[];

  beforeAll(async () => {
    user = new ArenaUser();
    servers.set('healthy', await startMockServer());
    for (const [id, { answer }] of Object.entries(TROUBLE)) {
      servers.set(id, await startMockServer({ script: { default: answer } }));
    }
    const spec = (base_url: string) => ({ type: 'openai', model: 'm', base_url, request_timeout: '1s' });
    const providers = Object.fromEntries([...servers].map(([id, { url }]) => [id, spec(url)]));
    providers.unreachable = spec(await deadAddress());
    user.write(arenaBundle('bundle', { providers, scenarios: SCENARIOS }));
    // Nobody waits for those that are down, so that each ends as it would at the end of a hold.
    const options = ['--formats', 'json,jsonl,junit,csv,markdown,html', '--hold', '0s'];
    outcome = await user.arena(['run', 'bundle', '--concurrency', '30', ...options], { OPENAI_API_KEY: 'k' });
    records = user.results();
  }, 120_000);

  afterAll(async () => {
    await Promise.all([...servers.values()].map((server) => server.close()));
    await user.remove();
  });

  const of = (provider: string) => records.filter((record) => record.provider === provider);

  test('end the run with exit code 7, a result on stdout, no stack trace', () => {
    expect(outcome.code).toBe(7);
    expect(outcome.stdout).toContain('2 passed');
    expect(outcome.stderr).not.toMatch(/^\s+at |fault of Arena/m);
    expect(user.summary()).toMatchObject({
      reason: 'ProviderErrors',
      counts: { total: 24, passed: 2, failed: 0, errored: 22 },
    });
  });

  test('leave the healthy one unharmed', () => {
    expect(of('healthy').map(({ verdict }) => verdict)).toEqual(['passed', 'passed']);
    expect(servers.get('healthy')?.stats()).toMatchObject({ calls: 3, repeats: 0 });
  });

  test.each([...Object.entries(TROUBLE).map(([id, { code }]) => [id, code]), ['unreachable', 'connection_failed']])(
    'the conversations with "%s" end as errors with the code %s',
    (id, code) => {
      expect(of(id).map(({ verdict, error }) => [verdict, error?.code])).toEqual([
        ['errored', code],
        ['errored', code],
      ]);
    },
  );

  test.each(Object.entries(TROUBLE).map(([id, { calls }]) => [id, calls]))('"%s" is called %d times', (id, calls) => {
    const made = servers.get(String(id))?.stats().calls;
    // Where a key is wrong a conversation that comes later is not even asked for.
    if (id === 'wrong-key') expect([1, calls]).toContain(made);
    else expect(made).toBe(calls);
  });

  test('say what to do', () => {
    expect(of('wrong-key')[0]?.error).toMatchObject({ status: 401, hint: expect.stringContaining('OPENAI_API_KEY') });
    expect(of('unreachable')[0]?.error).toMatchObject({
      message: expect.stringContaining('ECONNREFUSED'),
      hint: expect.stringContaining('base_url'),
    });
    expect(of('hanging')[0]?.error).toMatchObject({
      message: expect.stringContaining('within 1 s'),
      hint: expect.stringContaining('request_timeout'),
    });
    expect(of('no-json')[0]?.error?.message).toContain('Welcome to the proxy');
    expect(of('redirect')[0]?.error?.message).toContain('http://127.0.0.1:9/');
  });

  test('are errors, not failures, in junit.xml', () => {
    const xml = user.read('out/junit.xml');
    expect(() => parseXml(xml)).not.toThrow();
    expect(xml.match(/<error /g)).toHaveLength(22);
    expect(xml).not.toContain('<failure');
  });

  test('leave no process behind', () => user.nothingRuns());
});

describe('a check that fails beside a provider that cannot be reached', () => {
  test('decides the exit code: 3', async () => {
    const user = new ArenaUser();
    const server = await startMockServer({ script: { default: { text: 'no' } } });
    const spec = (base_url: string) => ({ type: 'openai', model: 'm', base_url });
    const providers = { healthy: spec(server.url), unreachable: spec(await deadAddress()) };
    const assertions = [{ type: 'content_includes', params: { patterns: ['yes'] } }];
    user.write(arenaBundle('bundle', { providers, scenarios: { one: ['first'] }, assertions }));
    const { code } = await user.arena(['run', 'bundle', '--max-retries', '0', '--formats', 'junit']);
    expect(code).toBe(3);
    const xml = user.read('out/junit.xml');
    expect([xml.match(/<error /g)?.length, xml.match(/<failure /g)?.length]).toEqual([1, 1]);
    await server.close();
    await user.remove();
  }, 120_000);
});
