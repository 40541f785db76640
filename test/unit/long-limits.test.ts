import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { LeasedTimes } from '../../activities/limits/leased-times.js';
import { TimeLimit } from '../../activities/shard/time-limit.js';
import { type LeaseAsk, refusedAsk } from '../../src/core/limiter-messages.js';
import { callTimeoutMs } from '../../src/io/providers/provider-settings.js';
import { providerSpecSchema } from '../../src/schema/provider.js';

const HOUR = 3_600_000;

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

/** Node takes a timer that is too long for one of 1 ms. */
describe('a time limit of months', () => {
  test('does not end a conversation at once', () => {
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const limit = new TimeLimit(1000 * HOUR, () => undefined);
    expect(timers.mock.calls[0]?.[1]).toBe(2 ** 31 - 1);
    limit.stop();
  });

  test('does not end a call at once', () => {
    const spec = providerSpecSchema.parse({ type: 'openai', model: 'm', request_timeout: '1000h' });
    expect(callTimeoutMs(spec, { env: {}, jobTimeoutMs: undefined, arenaTimeoutMs: undefined })).toBe(2 ** 31 - 1);
  });
});

test('a service that counts tokens beyond all measure does not make its limiter refuse to listen', async () => {
  const asks: LeaseAsk[] = [];
  const times = new LeasedTimes({
    worker: 'w',
    ask: async (ask) => {
      asks.push(ask);
      const lease = { now: 0, times: [], graceMs: 0, heldUntil: 0, askAgainMs: 1000 };
      return { lease, sentAt: 0, receivedAt: 0 };
    },
    now: () => 0,
    onLease: () => undefined,
    onUnreachable: () => undefined,
  });
  times.limits = [{ of: 'tokens', windowMs: 60_000, count: 1000, burst: 1 }];
  times.ended({ until: 0, tokens: 10 }, true, { inputTokens: 1, outputTokens: 1e300 });
  times.wanted(1, { messages: [], parameters: {}, context: { scenario: 's', provider: 'p' } });
  await jest.advanceTimersByTimeAsync(100);
  expect(asks).toHaveLength(1);
  for (const ask of asks) {
    expect(refusedAsk(ask)).toBeUndefined();
    expect(ask.tokensBeyond).toBeLessThanOrEqual(1e7);
    expect(ask.tokensEach).toBeLessThanOrEqual(1e7 + 10);
  }
});
