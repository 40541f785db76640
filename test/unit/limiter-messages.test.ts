import { describe, expect, test } from '@jest/globals';
import { limiterId } from '../../activities/limits/limiter-link.js';
import { newLimiter } from '../../src/core/limiter.js';
import { LimiterClock } from '../../src/core/limiter-clock.js';
import { describeLimiter } from '../../src/core/limiter-details.js';
import { limitsOf, strictest } from '../../src/core/limiter-limits.js';
import { type LeaseAsk, packTimes, refusedAsk, unpackTimes } from '../../src/core/limiter-messages.js';

const ASK: LeaseAsk = {
  worker: 'host:1',
  limits: limitsOf({ rps: 1 }),
  want: 1,
  tokensEach: 0,
  tokensBeyond: -5,
  succeeded: 0,
  roundTripMs: 30,
};

describe('an ask of a worker', () => {
  test('is heard when it makes sense', () => {
    expect(refusedAsk(ASK)).toBeUndefined();
    expect(refusedAsk({ ...ASK, throttledMs: 0 })).toBeUndefined();
  });

  test.each<[string, unknown]>([
    ['nothing', null],
    ['no name', { ...ASK, worker: '' }],
    ['a name without end', { ...ASK, worker: 'x'.repeat(1000) }],
    ['no limits', { ...ASK, limits: [] }],
    ['limits without end', { ...ASK, limits: Array.from({ length: 100 }, () => ASK.limits[0]) }],
    ['a limit of something else', { ...ASK, limits: [{ ...ASK.limits[0], of: 'dollars' }] }],
    ['a limit of nothing', { ...ASK, limits: [{ ...ASK.limits[0], count: 0 }] }],
    ['a limit that is no number', { ...ASK, limits: [{ ...ASK.limits[0], windowMs: Number.NaN }] }],
    ['a burst of none', { ...ASK, limits: [{ ...ASK.limits[0], burst: 0 }] }],
    ['less than nothing', { ...ASK, want: -1 }],
    ['more than anybody sends', { ...ASK, want: 1e300 }],
    ['words for numbers', { ...ASK, succeeded: 'many' }],
    ['tokens beyond measure', { ...ASK, tokensBeyond: Number.NEGATIVE_INFINITY }],
    ['a wait that is no number', { ...ASK, throttledMs: null }],
  ])('is refused with %s', (_, ask) => {
    expect(refusedAsk(ask as LeaseAsk)).toEqual(expect.any(String));
  });
});

test.each<[string, number[], number]>([
  ['none', [], 0],
  ['one', [7], 1],
  ['an even row', [0, 10, 20, 30, 40], 1],
  ['some at once and an even row', [5, 5, 5, 15, 25, 35], 2],
  ['any', [1, 2, 10, 500, 501], 3],
])('times travel in little room: %s', (_, times, rows) => {
  expect(packTimes(times)).toHaveLength(rows);
  expect(unpackTimes(packTimes(times))).toEqual(times);
});

describe('the limits of a provider file', () => {
  test.each<[string, Parameters<typeof limitsOf>[0], ReturnType<typeof limitsOf>]>([
    ['none', undefined, []],
    ['nothing but zeros', { rps: 0, burst: 0, requests_per_minute: 0, tokens_per_minute: 0 }, []],
    ['a burst alone', { burst: 5 }, []],
    ['so many a second', { rps: 2.5, burst: 4 }, [{ of: 'requests', windowMs: 1000, count: 2.5, burst: 4 }]],
    ['so many a minute', { requests_per_minute: 300 }, [{ of: 'requests', windowMs: 60_000, count: 300, burst: 1 }]],
    [
      'so many a minute, most of them at once',
      { requests_per_minute: 300, burst: 200 },
      [{ of: 'requests', windowMs: 60_000, count: 285, burst: 16 }],
    ],
    ['so many tokens', { tokens_per_minute: 9000 }, [{ of: 'tokens', windowMs: 60_000, count: 9000, burst: 1 }]],
  ])('are %s', (_, written, limits) => {
    expect(limitsOf(written)).toEqual(limits);
  });

  test('that differ come down to the strictest of each kind', () => {
    const all = [{ rps: 5, burst: 9 }, { rps: 8 }, { requests_per_minute: 60 }].flatMap((each) => limitsOf(each));
    expect(strictest(all)).toEqual([
      { of: 'requests', windowMs: 1000, count: 5, burst: 1 },
      { of: 'requests', windowMs: 60_000, count: 60, burst: 1 },
    ]);
  });
});

describe('the clock of a limiter, as a worker knows it', () => {
  test('is known to half a round trip, and better with each quicker answer', () => {
    const clock = new LimiterClock();
    clock.learn(1000, 1400, 50_150);
    expect(clock.local(50_150)).toBe(1200);
    clock.learn(2000, 2020, 51_010);
    expect(Math.abs(clock.local(51_010) - 2010)).toBeLessThanOrEqual(10);
    clock.learn(3000, 3900, 52_850);
    expect(Math.abs(clock.local(52_010) - 3010)).toBeLessThanOrEqual(10);
  });

  test('is learned anew when it was set', () => {
    const clock = new LimiterClock();
    clock.learn(1000, 1020, 50_010);
    clock.learn(2000, 2020, 91_010);
    expect(clock.local(91_010)).toBe(2010);
  });
});

describe('the id of a limiter', () => {
  const key = { service: 'https://api.openai.com', keyFrom: 'variable OPENAI_API_KEY' };

  test('can be read, and is the same wherever the key is used', () => {
    expect(limiterId(key)).toMatch(/^arena-limit\/api\.openai\.com-[0-9a-f]{12}$/);
    expect(limiterId({ ...key })).toBe(limiterId(key));
  });

  test('is another one for another service, and for a key from elsewhere', () => {
    const others = [
      { ...key, service: 'https://api.openai.com:8443' },
      { ...key, keyFrom: 'variable OTHER_KEY' },
    ];
    expect(new Set([key, ...others].map(limiterId)).size).toBe(3);
  });

  test('stays short and plain whatever a bundle names', () => {
    const id = limiterId({ service: `wss://${'é/<x>'.repeat(500)}`, keyFrom: 'x' });
    expect(id).toMatch(/^arena-limit\/[\w.-]{1,80}$/);
  });
});

test('the details of a limiter are text, whatever names hold', () => {
  const state = newLimiter({ service: 'https://a|b', keyFrom: '<b>file</b>' }, 0);
  state.heard = [{ limits: limitsOf({ requests_per_minute: 300 }), at: 0 }];
  state.pace = 0.5;
  state.heldUntil = Date.UTC(2030, 0, 1);
  state.workers = { 'host|1': { want: 7, leased: 3, ahead: 0, until: 1 } };
  const details = describeLimiter(state, 0);
  expect(details).toContain('at most 300 requests in any minute');
  expect(details).toContain('one request every 408ms');
  expect(details).toContain('50 %');
  expect(details).toContain('2030-01-01T00:00:00.000Z');
  expect(details).toContain('| host\\|1 | 7 | 3 |');
  expect(details).not.toMatch(/<b>|a\|b/);
});
