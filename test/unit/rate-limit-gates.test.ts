import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { CallEnd } from '../../activities/shard/call-gate.js';
import { LongWait } from '../../activities/shard/hold-item.js';
import { mostInWindow } from '../helpers/limited-jobs.js';
import { type PacedCalls, PacedProcess, pass, TestLimiter } from '../helpers/paced-process.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

const refusal = (retryAfterMs?: number): CallEnd => ({
  failure: { code: 'rate_limited', message: 'slow down', status: 429, retryAfterMs },
});

describe('calls of a provider with limits', () => {
  test.each([
    ['300 a minute', { requests_per_minute: 300 }, 60_000, 300],
    ['20 a second', { rps: 20 }, 1000, 20],
    ['3 a second, 5 at once', { rps: 3, burst: 5 }, 1000, 7],
  ])('keep %s in any window, and use nine tenths, over two processes', async (_, limits, windowMs, most) => {
    const limiter = new TestLimiter();
    const runs = ['a', 'b'].map((worker) => new PacedProcess(limiter, worker).run({ limits }));
    const begun = Date.now();
    const talks = Promise.all(runs.map((run) => run.converse(10, 180_000, { latencyMs: 100 })));
    await pass(200_000);
    await talks;
    const times = runs.flatMap((run) => run.times);
    expect(mostInWindow(times, windowMs)).toBeLessThanOrEqual(most);
    const steady = 'rps' in limits ? limits.rps : limits.requests_per_minute / 60;
    expect(times.filter((t) => t < begun + 180_000).length).toBeGreaterThan(0.9 * steady * 180);
    for (const run of runs) expect(run.times.length).toBeGreaterThan(0.4 * times.length);
  });

  test('are used to nine tenths by many, although one conversation beside them needs little', async () => {
    const limiter = new TestLimiter();
    const limits = { requests_per_minute: 300 };
    const lone = new PacedProcess(limiter, 'lone').run({ limits });
    const many = new PacedProcess(limiter, 'many').run({ limits });
    const talks = Promise.all([lone.converse(1, 120_000, { latencyMs: 1000 }), many.converse(20, 120_000)]);
    await pass(130_000);
    await talks;
    expect(lone.times.length + many.times.length).toBeGreaterThan(0.9 * 600);
    expect(lone.times.length).toBeGreaterThan(20);
  });

  test('are sent one after the other when there is one conversation only', async () => {
    const run = new PacedProcess(new TestLimiter()).run({ limits: { rps: 10 } });
    const talk = run.converse(1, 10_000, { latencyMs: 50 });
    await pass(12_000);
    await talk;
    expect(run.times.length).toBeGreaterThan(25);
  });

  test('cost few asks', async () => {
    const limiter = new TestLimiter();
    const run = new PacedProcess(limiter).run({ limits: { rps: 50 } });
    const talk = run.converse(100, 60_000, { latencyMs: 200 });
    await pass(65_000);
    await talk;
    expect(run.times.length).toBeGreaterThan(0.9 * 3000);
    expect(limiter.asks.length).toBeLessThan(60);
  });

  test('of providers in the same process that share the key are one', async () => {
    const limiter = new TestLimiter();
    const worker = new PacedProcess(limiter);
    const runs = [worker.run({ limits: { rps: 10 } }), worker.run({ limits: { rps: 4 } }), worker.run()];
    const talks = Promise.all(runs.map((run) => run.converse(5, 20_000)));
    await pass(40_000);
    await talks;
    expect(
      mostInWindow(
        runs.flatMap((run) => run.times),
        999,
      ),
    ).toBeLessThanOrEqual(4);
  });

  test('leave when their conversation ends', async () => {
    const run = new PacedProcess(new TestLimiter()).run({ limits: { requests_per_minute: 1 } });
    const controller = new AbortController();
    const calls = [run.call(), run.call({ signal: controller.signal })];
    const ended = expect(calls[1]).rejects.toThrow('over');
    await pass(1000);
    controller.abort(new Error('over'));
    await ended;
    expect(run.times.length).toBe(1);
  });

  test('wait while the limiter cannot be reached, go on when it is back, and fail after a minute', async () => {
    const limiter = new TestLimiter();
    const run = new PacedProcess(limiter).run({ limits: { rps: 10 } });
    limiter.down = new Error('no connection');
    const first = run.call();
    await pass(50_000);
    expect(run.times).toEqual([]);
    limiter.down = undefined;
    await pass(6000);
    await first;
    limiter.down = new Error('no connection');
    const second = expect(run.call()).rejects.toMatchObject({ code: 'rate_limited', message: /no connection/ });
    await pass(70_000);
    await second;
    expect(run.times.length).toBe(1);
  });

  test('spread by their tokens, estimated first and then as they were used', async () => {
    const limiter = new TestLimiter();
    const run = new PacedProcess(limiter).run({ limits: { tokens_per_minute: 60_000 } });
    const used = { inputTokens: 900, outputTokens: 100 };
    const end: CallEnd = { completion: { content: 'ok', latencyMs: 1, usage: used } };
    const talk = run.converse(10, 240_000, { end, says: 'x'.repeat(8000), latencyMs: 100 });
    await pass(260_000);
    await talk;
    const last = run.times.filter((t) => t > Date.now() - 80_000);
    // 8,000 characters look like 2,000 tokens and are 900.
    expect(mostInWindow(run.times, 60_000)).toBeLessThanOrEqual(62);
    expect(mostInWindow(last, 60_000)).toBeGreaterThan(50);
  });

  test('slow down for all processes when one is refused, and come back', async () => {
    const limiter = new TestLimiter();
    const [a, b] = ['a', 'b'].map((worker) => new PacedProcess(limiter, worker).run({ limits: { rps: 10 } }));
    if (a === undefined || b === undefined) throw new Error('two');
    const talks = Promise.all([a.converse(10, 90_000), b.converse(10, 90_000)]);
    await pass(10_000);
    void a.call({ end: refusal(5000) });
    await pass(3000);
    const during = (from: number, to: number) => [...a.times, ...b.times].filter((t) => t >= from && t < to).length;
    const now = Date.now();
    await pass(80_000);
    await talks;
    expect(during(now, now + 1500)).toBe(0);
    expect(during(now + 4000, now + 7000)).toBeLessThan(20);
    expect(during(now + 40_000, now + 60_000)).toBeGreaterThan(180);
  });
});

describe('calls of a provider without limits', () => {
  let calls: PacedCalls;
  beforeEach(() => {
    calls = new PacedProcess(new TestLimiter()).run();
  });

  test('go at once', async () => {
    const all = Array.from({ length: 500 }, () => calls.call({ latencyMs: 10 }));
    await pass(0);
    expect(calls.inFlight).toBe(500);
    await pass(10);
    await Promise.all(all);
  });

  test('that were in the air when a neighbour was refused are made again without counting as tries', async () => {
    const all = Array.from({ length: 100 }, () => calls.call({ latencyMs: 10, end: refusal(1000) }));
    await pass(10);
    const again = await Promise.all(all);
    expect(again.filter(Boolean)).toHaveLength(99);
  });

  test('wait until the service takes calls again, then half as many go at a time', async () => {
    const all = Array.from({ length: 100 }, () => calls.call({ latencyMs: 10, end: refusal(2000) }));
    await pass(10);
    await Promise.all(all);
    calls.peak = 0;
    const next = Array.from({ length: 100 }, () => calls.call({ latencyMs: 10 }));
    await pass(1990);
    expect(calls.inFlight).toBe(0);
    await pass(12);
    expect(calls.inFlight).toBe(50);
    await pass(100);
    await Promise.all(next);
    expect(calls.peak).toBeLessThan(70);
  });

  test('are bound by nothing again when all goes well', async () => {
    const first = calls.call({ latencyMs: 10, end: refusal(0) });
    await pass(10);
    await first;
    const talk = calls.converse(40, 10_000, { latencyMs: 100 });
    await pass(11_000);
    await talk;
    expect(calls.inFlight).toBe(0);
    expect(calls.peak).toBe(40);
  });

  test('are set aside when the service asks for more patience than a conversation should wait', async () => {
    const first = calls.call({ end: refusal(90_000) });
    await pass(0);
    expect(await first).toBe(false);
    const dueAt = Date.now() + 90_000;
    const second = calls.call();
    await expect(second).rejects.toBeInstanceOf(LongWait);
    await expect(second).rejects.toMatchObject({ dueAt });
    const impatient = calls.call({ patient: false });
    await expect(impatient).rejects.toMatchObject({ failure: { code: 'rate_limited', retryAfterMs: 90_000 } });
    await pass(90_000);
    await calls.call();
  });

  test('wait longer each time where the service does not say how long, and after ten minutes no more', async () => {
    const talk = (async () => {
      for (;;) await calls.call({ end: refusal() });
    })();
    const ended = expect(talk).rejects.toMatchObject({ code: 'rate_limited', message: 'slow down' });
    await pass(700_000);
    await ended;
    const waits = calls.times.slice(1).map((time, i) => Math.round((time - (calls.times[i] ?? 0)) / 1000));
    expect(waits.slice(0, 7)).toEqual([1, 2, 4, 8, 16, 30, 30]);
    expect((calls.times.at(-1) ?? 0) - (calls.times[0] ?? 0)).toBeGreaterThan(580_000);
    const later = calls.call();
    await pass(31_000);
    await later;
  });

  test.each<[string, CallEnd]>([
    ['a server that is down', { failure: { code: 'provider_unavailable', message: 'down', status: 503 } }],
    ['a wrong key', { failure: { code: 'unauthorized', message: 'no', status: 401 } }],
    ['an empty account', { failure: { code: 'provider_rejected', message: 'no credit', status: 429 } }],
    ['a call that was given up', { notCalled: true }],
  ])('are not held back by %s', async (_, end) => {
    const first = calls.call({ end });
    await pass(0);
    expect(await first).toBe(false);
    const second = calls.call();
    await pass(0);
    await second;
  });

  test('are held back by an overloaded service as by one that limits', async () => {
    const failure = { code: 'provider_unavailable' as const, message: 'overloaded', status: 529, retryAfterMs: 3000 };
    const first = calls.call({ end: { failure } });
    await pass(0);
    await first;
    const second = calls.call();
    await pass(2990);
    expect(calls.times).toHaveLength(1);
    await pass(20);
    await second;
  });
});

describe('streams', () => {
  test('of a provider are in flight up to its bound in a process, other calls beside them', async () => {
    const calls = new PacedProcess(new TestLimiter()).run({ streams: 3 });
    const all = [
      ...Array.from({ length: 10 }, () => calls.call({ latencyMs: 100, stream: true })),
      calls.call({ latencyMs: 100 }),
    ];
    await pass(0);
    expect(calls.inFlight).toBe(4);
    await pass(150);
    expect(calls.inFlight).toBe(3);
    await pass(1000);
    await Promise.all(all);
    expect(calls.times).toHaveLength(11);
  });
});
