import { afterEach, describe, expect, test } from '@jest/globals';
import { Lease } from '../../activities/shard/lease.js';
import { ProviderCalls } from '../../activities/shard/provider-calls.js';
import { RunPool } from '../../activities/shard/run-pool.js';
import { TimeLimit } from '../../activities/shard/time-limit.js';
import { ArenaError, toFailure } from '../../src/core/errors.js';
import type { Provider } from '../../src/core/provider.js';
import { pause } from '../../src/io/pause.js';
import { agentAt } from '../helpers/agent-calls.js';
import { AgentSide } from '../helpers/agent-side.js';
import { ask, bare, provider } from '../helpers/openai-calls.js';

const LATENCY_MS = 600;

/** Time that a conversation may take. */
const LIMIT_MS = 1500;

const side = new AgentSide();

afterEach(() => side.stop());

/** The only call of a conversation, as a shard makes it. */
async function converse(to: Provider) {
  const timeOver = new AbortController();
  const limit = new TimeLimit(LIMIT_MS, () => timeOver.abort(new Error('the time of the conversation is over')));
  const lease = new Lease({
    beat: async () => 'acknowledged',
    timeoutMs: 600_000,
    intervalMs: 600_000,
    onCancelRequested() {},
    onLost() {},
  });
  const pool = new RunPool();
  pool.add({ shard: 0, remaining: 0, begin: async () => undefined, handBack() {}, pause() {} }, 1);
  const ends: (() => void)[] = [];
  const calls = new ProviderCalls({
    pool,
    lease,
    gates: [],
    conversation: { id: 'c', onEnd: (end) => ends.push(end) },
    setAside: (reason) => {
      throw reason;
    },
    untimed: (waiting) => limit.without(waiting),
    signal: timeOver.signal,
    draining: () => undefined,
    retryInPlace: false,
    canDefer: false,
  });
  const failure = await calls.answer(to, ask()).then(() => undefined, toFailure);
  for (const end of ends) end();
  limit.stop();
  return { failure, callMs: calls.callMs, waitMs: calls.waitMs };
}

/** All at once, although the other side takes one after the other only: the last one waits for longer than its limit. */
async function queue(to: Provider): Promise<void> {
  const talks = await Promise.all(Array.from({ length: 4 }, () => converse(to)));
  expect(talks.map(({ failure }) => failure)).toEqual([undefined, undefined, undefined, undefined]);
  const longest = Math.max(...talks.map(({ waitMs }) => waitMs));
  expect(longest).toBeGreaterThan(LIMIT_MS);
  for (const { callMs } of talks) expect(callMs).toBeLessThan(LIMIT_MS);
}

describe('time that a call waits for a connection', () => {
  test('of a service is not that of the conversation', async () => {
    const answer = { choices: [{ message: { content: 'hi' } }] };
    const url = await bare((_request, response) => {
      setTimeout(() => response.end(JSON.stringify(answer)), LATENCY_MS);
    });
    await queue(provider(url, { http_transport: { max_conns_per_host: 1 } }));
  });

  test('to an agent is not that of the conversation', async () => {
    const { url } = await side.start({ latencyMs: LATENCY_MS });
    await queue(agentAt(url, { additional_config: { max_connections: 1 } }));
  });

  test('is no time of a call that fails then either', async () => {
    const failing: Provider = {
      id: 'p',
      local: false,
      complete: async (_request, { untimed, signal }) => {
        await untimed?.(pause(300, signal));
        throw new ArenaError({ code: 'provider_rejected', message: 'no' });
      },
    };
    const { failure, callMs, waitMs } = await converse(failing);
    expect(failure?.code).toBe('provider_rejected');
    expect(waitMs).toBeGreaterThan(250);
    expect(callMs).toBeLessThan(250);
  });
});
