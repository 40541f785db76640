import { afterEach, describe, expect, test } from '@jest/globals';
import type { MockServerOptions } from '../../src/io/mock-server/options.js';
import { type MockServer, startMockServer } from '../../src/io/mock-server/server.js';
import type { LoggedCall } from '../../src/io/mock-server/stats.js';
import { arenaBundle } from '../helpers/arena-bundle.js';
import { ArenaUser } from '../helpers/arena-command.js';

let user: ArenaUser;
let server: MockServer;

afterEach(async () => {
  await server.close();
  await user.remove();
});

/** A user with a bundle of so many one-turn conversations against a server of this kind. */
async function storm(conversations: number, options: MockServerOptions): Promise<void> {
  user = new ArenaUser();
  server = await startMockServer(options);
  const scenarios = Object.fromEntries(Array.from({ length: conversations }, (_, i) => [`s${i}`, [`question ${i}`]]));
  const providers = { busy: { type: 'openai', model: 'm', base_url: server.url } };
  user.write(arenaBundle('bundle', { providers, scenarios }));
}

/** Milliseconds between each 429 and the next call of the same request. */
function pauses(log: readonly LoggedCall[]): number[] {
  return log.flatMap((call, at) => {
    if (call.status !== 429) return [];
    const next = log.slice(at + 1).find(({ hash }) => hash === call.hash);
    return next === undefined ? [] : [next.t - call.t];
  });
}

describe('a storm of 429s', () => {
  test('is sat out with the default settings: all pass, no call comes before its time', async () => {
    await storm(40, { rateLimitFirst: 30, retryAfterSeconds: 1, latencyMs: 5 });
    const { code } = await user.arena(['run', 'bundle', '--concurrency', '20']);
    expect(code).toBe(0);
    expect(user.summary().counts).toMatchObject({ total: 40, passed: 40 });
    const { calls, byStatus } = server.stats();
    expect({ calls, byStatus }).toEqual({ calls: 70, byStatus: { 200: 40, 429: 30 } });
    const waited = pauses(server.log());
    expect(waited).toHaveLength(30);
    expect(Math.min(...waited)).toBeGreaterThanOrEqual(1000);
  }, 120_000);

  test('that asks for more patience than a slot should wait goes behind a durable timer', async () => {
    const script = {
      answers: [{ when: { user: 'question 1' }, times: 1, answer: { status: 429, retry_after: 11 } }],
      default: { text: 'here' },
    };
    await storm(2, { script });
    const { code } = await user.arena(['run', 'bundle', '--max-retries', '3']);
    expect(code).toBe(0);
    const [first, second] = user.results();
    expect([first, second].map((record) => [record?.verdict, record?.attempt])).toEqual([
      ['passed', 1],
      ['passed', 2],
    ]);
    // A wait in the worker would stand in the record; one behind the workflow's timer is no part of the conversation.
    expect(second?.timing.waitMs).toBeLessThan(5000);
    const waited = pauses(server.log());
    expect(waited).toHaveLength(1);
    expect(Math.min(...waited)).toBeGreaterThanOrEqual(11_000);
  }, 120_000);

  test('that never ends fails the conversation after its tries, with what the provider asked', async () => {
    await storm(1, { rateLimitRate: 1, retryAfterSeconds: 0 });
    const { code } = await user.arena(['run', 'bundle']);
    expect(code).toBe(7);
    expect(user.results()[0]?.error).toMatchObject({ code: 'rate_limited', status: 429, retryAfterMs: 0 });
    expect(server.stats().calls).toBe(3);
  }, 120_000);

  test('is not sat out at all with --max-retries 0', async () => {
    await storm(1, { rateLimitFirst: 1, retryAfterSeconds: 1 });
    const { code } = await user.arena(['run', 'bundle', '--max-retries', '0']);
    expect([code, server.stats().calls]).toEqual([7, 1]);
  }, 120_000);
});
