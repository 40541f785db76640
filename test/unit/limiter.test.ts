import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type LimiterState, lease, newLimiter } from '../../src/core/limiter.js';
import { type Limit, limitsOf, marginMs } from '../../src/core/limiter-limits.js';
import { type Lease, type LeaseAsk, unpackTimes } from '../../src/core/limiter-messages.js';

const START = 1_000_000;
const KEY = { service: 'https://api.test', keyFrom: 'variable KEY' };

function ask(limits: Limit[], change: Partial<LeaseAsk> = {}): LeaseAsk {
  return { worker: 'a', limits, want: 10, tokensEach: 0, tokensBeyond: 0, succeeded: 0, roundTripMs: 0, ...change };
}

const timesOf = (answer: Lease) => unpackTimes(answer.times).map((time) => Math.round(time - START));

/** Most times in any half-open window of this length. */
function mostIn(times: readonly number[], windowMs: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  let first = 0;
  return sorted.reduce((most, time, last) => {
    while (time - (sorted[first] ?? 0) >= windowMs) first += 1;
    return Math.max(most, last - first + 1);
  }, 0);
}

/** Workers that always want more ask when they are told to, for so long. */
function busy(limits: Limit[], workers: { [name: string]: Partial<LeaseAsk> }, forMs: number): Map<string, number[]> {
  const state = newLimiter(KEY, START);
  const due = new Map(Object.keys(workers).map((name) => [name, START]));
  const times = new Map(Object.keys(workers).map((name): [string, number[]] => [name, []]));
  for (;;) {
    const [name, at] = [...due].reduce((soonest, entry) => (entry[1] < soonest[1] ? entry : soonest));
    if (at > START + forMs) return times;
    const answer = lease(state, ask(limits, { worker: name, want: 500, roundTripMs: 40, ...workers[name] }), at);
    times.get(name)?.push(...unpackTimes(answer.times).filter((time) => time < START + forMs));
    // The answer takes its time, and so does the worker.
    due.set(name, at + answer.askAgainMs + 60);
  }
}

describe('leases of a limiter', () => {
  const limits = fc.record({
    rps: fc.option(fc.double({ min: 0.1, max: 200, noNaN: true }), { nil: undefined }),
    burst: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined }),
    requests_per_minute: fc.option(fc.double({ min: 0.5, max: 2000, noNaN: true }), { nil: undefined }),
    tokens_per_minute: fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined }),
  });
  const step = fc.record({
    worker: fc.constantFrom('a', 'b', 'c'),
    afterMs: fc.integer({ min: 0, max: 30_000 }),
    want: fc.integer({ min: 0, max: 400 }),
    roundTripMs: fc.integer({ min: 0, max: 2000 }),
    succeeded: fc.integer({ min: 0, max: 5 }),
    throttledMs: fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined, freq: 8 }),
  });

  test('keep every limit in any window, however workers ask', () => {
    fc.assert(
      fc.property(limits, fc.array(step, { maxLength: 60 }), (written, steps) => {
        const wanted = limitsOf(written);
        const state = newLimiter(KEY, START);
        const times: number[] = [];
        let now = START;
        for (const { afterMs, ...change } of steps) {
          now += afterMs;
          const answer = lease(state, ask(wanted, change), now);
          const leased = unpackTimes(answer.times);
          expect(leased.every((time) => time >= now && time >= answer.heldUntil)).toBe(true);
          expect(leased.length).toBeLessThanOrEqual(change.want);
          times.push(...leased);
        }
        for (const { of, windowMs, count, burst } of wanted) {
          if (of !== 'requests') continue;
          // The lengthened window, less what floating point may lose.
          const most = mostIn(times, windowMs + marginMs(windowMs) - 0.01);
          expect(most).toBeLessThanOrEqual(Math.ceil(count) + burst - 1);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('keep tokens within their limit when all requests are alike', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 5000 }), fc.array(step, { maxLength: 40 }), (tokensEach, steps) => {
        const wanted = limitsOf({ tokens_per_minute: 20_000 });
        const state = newLimiter(KEY, START);
        const times: number[] = [];
        let now = START;
        for (const { afterMs, ...change } of steps) {
          now += afterMs;
          times.push(...unpackTimes(lease(state, ask(wanted, { ...change, tokensEach }), now).times));
        }
        expect(mostIn(times, 60_000) * tokensEach).toBeLessThanOrEqual(20_000);
      }),
    );
  });

  test.each<[string, Parameters<typeof limitsOf>[0], number, number]>([
    ['300 a minute', { requests_per_minute: 300 }, 60_000, 300],
    ['300 a minute, some at once', { requests_per_minute: 300, burst: 100 }, 60_000, 300],
    ['5 a minute', { requests_per_minute: 5 }, 60_000, 5],
    ['20 a second', { rps: 20 }, 1000, 20],
    ['200 a second', { rps: 200 }, 1000, 200],
    ['one in two seconds', { rps: 0.5 }, 2000, 1],
  ])('of %s go to two busy workers to nine tenths, in halves', (_, written, windowMs, count) => {
    const forMs = 600_000;
    const times = busy(limitsOf(written), { a: {}, b: {} }, forMs);
    const [a = 0, b = 0] = [...times.values()].map(({ length }) => length);
    expect((a + b) / ((count * forMs) / windowMs)).toBeGreaterThan(0.9);
    expect(mostIn([...times.values()].flat(), windowMs)).toBeLessThanOrEqual(count);
    expect(Math.max(a, b) / Math.min(a, b)).toBeLessThan(1.5);
  });

  test('are shared by what workers want', () => {
    const times = busy(limitsOf({ requests_per_minute: 600 }), { a: { want: 90 }, b: { want: 30 } }, 120_000);
    const [a = 0, b = 0] = [...times.values()].map(({ length }) => length);
    expect(a / b).toBeGreaterThan(2);
    expect(a / b).toBeLessThan(4);
  });

  test('of one worker that is gone count as used, and its share goes to the others', () => {
    const state = newLimiter(KEY, START);
    const limits = limitsOf({ requests_per_minute: 60 });
    lease(state, ask(limits, { worker: 'dead', want: 100 }), START);
    const [next] = timesOf(lease(state, ask(limits, { worker: 'b', want: 100 }), START + 1500));
    expect(next).toBe(3063);
    expect(Object.keys(state.workers)).toEqual(['dead', 'b']);
    lease(state, ask(limits, { worker: 'b', want: 100 }), START + 20_000);
    expect(Object.keys(state.workers)).toEqual(['b']);
  });
});

describe('a limiter', () => {
  const first = (state: LimiterState, now: number, change: Partial<LeaseAsk> = {}) =>
    lease(state, ask(limitsOf({ rps: 10 }), change), now);

  test.each<[string, Parameters<typeof limitsOf>[0], number[]]>([
    ['nothing but evenly spread', { rps: 10 }, [0, 108, 216, 324]],
    ['so many at once after a pause', { rps: 10, burst: 3 }, [0, 0, 0, 108]],
    ['a twentieth of a minute at once at most', { requests_per_minute: 40, burst: 40 }, [0, 0, 0, 1612]],
  ])('gives %s', (_, written, expected) => {
    const answer = lease(newLimiter(KEY, START), ask(limitsOf(written), { want: 4 }), START);
    expect(timesOf(answer)).toEqual(expected);
  });

  test('lets an answer arrive before the first of its times', () => {
    const state = newLimiter(KEY, START);
    expect(timesOf(first(state, START, { roundTripMs: 250, want: 2 }))).toEqual([250, 358]);
  });

  test('holds to the strictest limit of those heard in the last minutes', () => {
    const state = newLimiter(KEY, START);
    const spacing = (rps: number, now: number) => {
      const [a = 0, b = 0] = timesOf(lease(state, ask(limitsOf({ rps }), { want: 2 }), now));
      return b - a;
    };
    expect(spacing(10, START)).toBe(108);
    expect(spacing(2, START + 10_000)).toBe(540);
    expect(spacing(10, START + 20_000)).toBe(540);
    expect(spacing(10, START + 191_000)).toBe(108);
  });

  test('takes the fewer requests of a limit a second and one a minute', () => {
    const limits = limitsOf({ rps: 100, requests_per_minute: 60 });
    const [, second] = timesOf(lease(newLimiter(KEY, START), ask(limits, { want: 2 }), START));
    expect(second).toBe(1021);
  });

  test('halves the pace once for the refusals of one moment, never below a sixteenth', () => {
    const state = newLimiter(KEY, START);
    first(state, START, { throttledMs: 2000 });
    first(state, START + 500, { throttledMs: 500 });
    expect(state.pace).toBe(1 / 2);
    expect(state.heldUntil).toBe(START + 2000);
    for (let at = 10_000; at < 100_000; at += 10_000) first(state, START + at, { throttledMs: 0 });
    expect(state.pace).toBe(1 / 16);
  });

  test('sends nothing until the service takes calls again, then at the lower pace and without a burst', () => {
    const state = newLimiter(KEY, START);
    const limits = limitsOf({ rps: 10, burst: 3 });
    const held = lease(state, ask(limits, { throttledMs: 5000 }), START);
    expect([timesOf(held), held.heldUntil, held.askAgainMs]).toEqual([[], START + 5000, 3500]);
    const after = lease(state, ask(limits, { want: 3 }), START + 3500);
    expect(timesOf(after)).toEqual([5000, 5216, 5432]);
  });

  test('believes no service that asks to be left alone for years', () => {
    const state = newLimiter(KEY, START);
    first(state, START, { throttledMs: 1e12 });
    expect(state.heldUntil).toBe(START + 600_000);
  });

  test('comes back to its pace step by step, while calls succeed', () => {
    const state = newLimiter(KEY, START);
    first(state, START, { throttledMs: 1000 });
    const paces = [1, 6, 7, 11, 16, 21, 26, 31].map((seconds) => {
      first(state, START + seconds * 1000, { succeeded: seconds === 11 ? 0 : 3 });
      return state.pace;
    });
    expect(paces).toEqual([0.5, 0.625, 0.625, 0.78125, 0.9765625, 1, 1, 1]);
  });

  test('does not come back while no call succeeds', () => {
    const state = newLimiter(KEY, START);
    first(state, START, { throttledMs: 1000 });
    for (let at = 5000; at < 60_000; at += 5000) first(state, START + at);
    expect(state.pace).toBe(0.5);
  });

  test('spreads tokens by their estimate, and corrects it by what was used', () => {
    const limits = limitsOf({ tokens_per_minute: 61_260 });
    const state = newLimiter(KEY, START);
    const tokens = (now: number, tokensBeyond: number) =>
      timesOf(lease(state, ask(limits, { want: 1, tokensEach: 1000, tokensBeyond }), now));
    // A minute with its margin, spread over the 61 requests of this size that fit.
    expect(tokens(START, 0)).toEqual([0]);
    expect(tokens(START, 0)).toEqual([1004]);
    expect(tokens(START, 500)).toEqual([2509]);
    expect(tokens(START, -2000)).toEqual([1513]);
  });
});
