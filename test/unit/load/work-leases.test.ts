import { describe, expect, test } from '@jest/globals';
import { WorkLeases, type WorkLeasesOptions } from '../../../activities/load/work-leases.js';
import type { WorkAsk, WorkLease } from '../../../src/core/load/lane.js';

const NEVER = new AbortController().signal;

function leasesOf(answers: WorkLease[], options: Partial<WorkLeasesOptions> = {}) {
  const asked: WorkAsk[] = [];
  const leases = new WorkLeases({
    lane: 3,
    ask: async (ask) => {
      asked.push(structuredClone(ask));
      return answers.shift() ?? { usd: 0 };
    },
    bounded: { budget: true, conversations: false },
    paused: () => false,
    ...options,
  });
  return { leases, asked };
}

describe('the leases of a lane', () => {
  test('let everything begin where the test has no bound', () => {
    const { leases, asked } = leasesOf([], { bounded: { budget: false, conversations: false } });
    leases.spend({ usage: { inputTokens: 1e9 }, costUsd: 1e9 });
    expect([leases.open, asked]).toEqual([true, []]);
  });

  test('ask for a further block when half of one is used, and tell what was used since', async () => {
    const { leases, asked } = leasesOf([{ usd: 1 }, { usd: 0.5 }]);
    await leases.admit(NEVER);
    leases.spend({ usage: { inputTokens: 3, outputTokens: 4 }, costUsd: 0.25 });
    expect(asked).toHaveLength(1);
    leases.spend({ costUsd: 0.5 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toEqual([
      { lane: 3, used: { usd: 0, tokens: 0 }, budget: true },
      { lane: 3, used: { usd: 0.75, tokens: 7 }, budget: true },
    ]);
    leases.spend({ costUsd: 0.4 });
    expect(leases.open).toBe(true);
    leases.spend({ costUsd: 0.2 });
    expect(leases.open).toBe(false);
    leases.close(new Error('over'));
  });

  test('let nothing begin when nothing is left, and whoever waits ends with the test', async () => {
    const { leases } = leasesOf([{ tokens: 0 }]);
    const waiting = leases.admit(NEVER);
    await new Promise((resolve) => setImmediate(resolve));
    leases.close(new Error('the budget is used up'));
    await expect(waiting).rejects.toThrow('the budget is used up');
  });

  test('let nobody wait any longer whose conversation is over', async () => {
    const { leases } = leasesOf([{ tokens: 0 }]);
    const end = new AbortController();
    const waiting = leases.admit(end.signal);
    end.abort(new Error('too long'));
    await expect(waiting).rejects.toThrow('too long');
    leases.close(new Error('over'));
  });

  test('ask nobody while the test is paused', async () => {
    const { leases, asked } = leasesOf([{ usd: 1 }], { paused: () => true });
    leases.refill();
    await new Promise((resolve) => setImmediate(resolve));
    expect([asked, leases.open]).toEqual([[], false]);
    leases.close(new Error('over'));
  });

  test('give each conversation once, in blocks, and tell what is left of one', async () => {
    const { leases, asked } = leasesOf(
      [
        { conversations: { from: 0, to: 2 } },
        { conversations: { from: 6, to: 8 } },
        { conversations: { from: 8, to: 8 } },
      ],
      { bounded: { budget: false, conversations: true } },
    );
    const numbers = await Promise.all([leases.next(), leases.next(), leases.next()]);
    expect([...numbers].sort()).toEqual([0, 1, 6]);
    expect(leases.left).toEqual({ from: 7, to: 8 });
    expect(await leases.next()).toBe(7);
    expect([await leases.next(), await leases.next(), leases.left]).toEqual([undefined, undefined, undefined]);
    expect(asked).toHaveLength(3);
    expect(asked[0]).toEqual({ lane: 3, used: { usd: 0, tokens: 0 }, conversations: true });
  });

  test('lease conversations together with the budget, so that nothing used is told twice', async () => {
    const { leases, asked } = leasesOf([{ usd: 1 }, { usd: 2, conversations: { from: 0, to: 5 } }], {
      bounded: { budget: true, conversations: true },
    });
    await leases.admit(NEVER);
    leases.spend({ costUsd: 0.1 });
    expect(await leases.next()).toBe(0);
    leases.spend({ costUsd: 0.3 });
    await leases.settle();
    expect(asked.map(({ used, budget }) => [used.usd, budget])).toEqual([
      [0, true],
      [0.1, true],
      [0.3, undefined],
    ]);
  });

  test('tell at the end what was used since the last ask', async () => {
    const { leases, asked } = leasesOf([{ usd: 10 }]);
    await leases.admit(NEVER);
    leases.spend({ costUsd: 1, usage: { outputTokens: 5 } });
    await leases.settle();
    expect(asked.at(-1)).toEqual({ lane: 3, used: { usd: 1, tokens: 5 } });
  });
});
