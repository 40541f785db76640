import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { pacedEmbed } from '../../activities/limits/paced-embed.js';
import { ProcessLimits } from '../../activities/limits/process-limits.js';
import { ArenaError, type Failure } from '../../src/core/errors.js';
import { limitsOf } from '../../src/core/limiter-limits.js';
import { mostInWindow } from '../helpers/limited-jobs.js';
import { KEY, pass, TestLimiter } from '../helpers/paced-process.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

const { signal } = new AbortController();

/** An embedding service that fails at first with these. */
function service(rps: number, ...failures: Failure[]) {
  const times: number[] = [];
  const paces = new ProcessLimits({ worker: 'w', ask: new TestLimiter().ask }).gates(
    new Map([['vectors', { key: KEY, limits: limitsOf({ rps }), streams: 0 }]]),
  );
  const embed = pacedEmbed(async (_, __, texts) => {
    times.push(Date.now());
    const failure = failures.shift();
    if (failure !== undefined) throw new ArenaError(failure);
    return texts.map(() => [1]);
  }, paces);
  return { times, embed: (name = 'vectors') => embed(name, undefined, ['a', 'b'], { signal }) };
}

describe('embeddings', () => {
  test('keep the limits of their provider', async () => {
    const { times, embed } = service(5);
    const all = Promise.all(Array.from({ length: 20 }, () => embed()));
    await pass(6000);
    expect(await all).toHaveLength(20);
    expect(mostInWindow(times, 999)).toBeLessThanOrEqual(5);
  });

  test('of a provider that the bundle does not have are paced by nobody', async () => {
    const { times, embed } = service(1);
    await Promise.all([embed('openai'), embed('openai')]);
    expect(times).toHaveLength(2);
  });

  test('that are refused say so, and the next ones wait', async () => {
    const { times, embed } = service(0, {
      code: 'rate_limited',
      message: 'slow down',
      status: 429,
      retryAfterMs: 2000,
    });
    await expect(embed()).rejects.toMatchObject({ code: 'rate_limited' });
    const next = embed();
    await pass(2010);
    await next;
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(2000);
  });

  test('fail with the time to wait when that is long: whoever needs them has no conversation to set aside', async () => {
    const { times, embed } = service(0, { code: 'rate_limited', message: 'slow down', retryAfterMs: 60_000 });
    await expect(embed()).rejects.toMatchObject({ code: 'rate_limited' });
    await expect(embed()).rejects.toMatchObject({ failure: { code: 'rate_limited', retryAfterMs: 60_000 } });
    expect(times).toHaveLength(1);
  });
});
