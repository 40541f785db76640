import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CallEnd, CallGate } from '../../activities/shard/call-gate.js';
import { Lease } from '../../activities/shard/lease.js';
import { ProviderCalls, type ProviderCallsOptions } from '../../activities/shard/provider-calls.js';
import { RunPool } from '../../activities/shard/run-pool.js';
import { ArenaError, type Failure } from '../../src/core/errors.js';
import type { CompletionRequest, Provider } from '../../src/core/provider.js';

const REFUSED: Failure = { code: 'rate_limited', message: 'slow down', status: 429, retryAfterMs: 0 };
const REQUEST: CompletionRequest = { messages: [], parameters: {}, context: { scenario: 's', provider: 'p' } };

/** A gate that notes what passes it, and does what the test says. */
class TestGate implements CallGate {
  entered = 0;
  readonly ends: CallEnd[] = [];
  expires = 0;
  again = 0;
  refuseFrom = Number.POSITIVE_INFINITY;

  async enter() {
    this.entered += 1;
    if (this.entered >= this.refuseFrom) throw new ArenaError({ code: 'rate_limited', message: 'no turn' });
    return {
      expired: () => {
        this.expires -= 1;
        return this.expires >= 0;
      },
      isLate: () => true,
      end: (end: CallEnd) => {
        this.ends.push(end);
        this.again -= 1;
        return this.again >= 0;
      },
    };
  }
}

describe('a call that passes gates', () => {
  let pool: RunPool;
  let lease: Lease;
  let gate: TestGate;
  let asked: number;

  beforeEach(() => {
    pool = new RunPool();
    pool.add({ shard: 0, remaining: 0, begin: async () => undefined, handBack() {}, pause() {} }, 1);
    const beat = async () => 'acknowledged' as const;
    lease = new Lease({ beat, timeoutMs: 60_000, intervalMs: 60_000, onCancelRequested() {}, onLost() {} });
    lease.start();
    gate = new TestGate();
    asked = 0;
  });
  afterEach(() => lease.stop());

  function calls(options: Partial<ProviderCallsOptions> = {}): ProviderCalls {
    return new ProviderCalls({
      pool,
      lease,
      gates: [gate],
      conversation: { id: 'r-talk', onEnd() {} },
      setAside: (reason) => {
        throw reason;
      },
      untimed: (waiting) => waiting,
      signal: new AbortController().signal,
      draining: () => undefined,
      retryInPlace: true,
      canDefer: false,
      pause: async () => undefined,
      ...options,
    });
  }

  /** Fails so often, then answers; `within`: as further requests of one call. */
  function model(failures: number, within = false): Provider {
    return {
      id: 'p',
      local: false,
      complete: async (_, { again }) => {
        for (;;) {
          asked += 1;
          if (asked > failures) return { content: 'ok', latencyMs: 1 };
          if (!within) throw new ArenaError(REFUSED);
          await again?.(REFUSED);
        }
      },
    };
  }

  test('is made as often as the gate wants it, and no try is counted', async () => {
    gate.again = 5;
    expect(await calls().answer(model(7), REQUEST)).toMatchObject({ content: 'ok' });
    expect(asked).toBe(8);
  });

  test('is not made again where nothing is to be tried again', async () => {
    gate.again = 5;
    await expect(calls({ retryInPlace: false }).answer(model(7), REQUEST)).rejects.toMatchObject({ failure: REFUSED });
    expect(asked).toBe(1);
  });

  test('keeps its permit while it passes again, so that it comes to its turn beside calls that pass none', async () => {
    gate.expires = 3;
    const other = calls({ gates: [] });
    let before = 0;
    let isDone = false;
    const first = calls()
      .answer(model(0), REQUEST)
      .then(() => {
        isDone = true;
      });
    for (let i = 0; i < 10; i += 1) {
      await other.answer(model(0), REQUEST);
      if (!isDone) before += 1;
    }
    await first;
    expect(before).toBeLessThanOrEqual(2);
    expect(gate.ends.filter((end) => 'notCalled' in end)).toHaveLength(3);
    expect(pool.inFlight).toBe(0);
  });

  test('gives its permit back while it waits for a turn that a call without a permit has', async () => {
    const waiting: (() => void)[] = [];
    let [turns, entered] = [2, 0];
    // Two may pass, then one: as when a service refuses calls as too many while these wait for their permits.
    const bound: CallGate = {
      enter: async () => {
        entered += 1;
        const isFirst = entered === 1;
        let isExpired = isFirst;
        if (turns > 0) turns -= 1;
        else await new Promise<void>((resolve) => waiting.push(resolve));
        return {
          expired: () => {
            const was = isExpired;
            isExpired = false;
            return was;
          },
          end: () => {
            const next = waiting.shift();
            if (isFirst && next === undefined) return false;
            if (next === undefined) turns += 1;
            else next();
            return false;
          },
        };
      },
    };
    const both = [calls({ gates: [bound] }), calls({ gates: [bound] })];
    await Promise.all(both.map((one) => one.answer(model(0), REQUEST)));
    expect([asked, entered, pool.inFlight]).toEqual([2, 3, 0]);
  }, 5000);

  test('takes a turn for each further request that its provider makes', async () => {
    const provider = calls();
    await provider.answer(model(2, true), REQUEST);
    expect([asked, gate.entered]).toEqual([3, 3]);
    expect(gate.ends).toMatchObject([{ failure: REFUSED }, { failure: REFUSED }, { completion: { content: 'ok' } }]);
    expect(pool.inFlight).toBe(0);
  });

  test('ends with the reason when a further request gets no turn, and gives its permit back', async () => {
    gate.refuseFrom = 2;
    await expect(calls().answer(model(2, true), REQUEST)).rejects.toMatchObject({ failure: { message: 'no turn' } });
    expect(asked).toBe(1);
    expect(pool.inFlight).toBe(0);
    await calls({ gates: [] }).answer(model(0), REQUEST);
  });

  test('gives its permit back when it may not pass again', async () => {
    gate.expires = 1;
    gate.refuseFrom = 2;
    await expect(calls().answer(model(0), REQUEST)).rejects.toMatchObject({ failure: { message: 'no turn' } });
    expect([asked, pool.inFlight]).toEqual([0, 0]);
    expect(gate.ends).toEqual([{ notCalled: true }]);
  });
});
