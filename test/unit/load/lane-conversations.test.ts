import { expect, test } from '@jest/globals';
import { LaneConversations, type LaneConversationsOptions } from '../../../activities/load/lane-conversations.js';
import { LoadMeter } from '../../../activities/load/load-meter.js';
import { RunPool } from '../../../activities/shard/run-pool.js';
import type { PlanItem } from '../../../src/core/plan.js';
import type { CompletionRequest, Provider } from '../../../src/core/provider.js';
import { watchAbort } from '../../../src/io/providers/abort-hub.js';
import { sampleRecord } from '../../helpers/sample-records.js';

const REQUEST: CompletionRequest = { messages: [], parameters: {}, context: { scenario: 's', provider: 'p' } };
const CELL = { scenario: 's', provider: 'p', region: 'default' };

function lane(options: Partial<LaneConversationsOptions>): LaneConversations {
  const pool = new RunPool();
  pool.add({ shard: 0, remaining: 0, begin: async () => {}, handBack() {}, pause() {} }, 100);
  return new LaneConversations({
    ...{ run: 'r', lane: 0, attempt: 1, plan: { cells: [CELL] }, pool, gates: [], providers: new Map() },
    ...{ meter: new LoadMeter(0), lease: { fresh: true }, itemTimeoutMs: 60_000, retryInPlace: false },
    scenarioTimeoutMs: () => undefined,
    thinkMs: () => 0,
    draining: () => undefined,
    onRecord: () => undefined,
    onFault: (error: unknown) => {
      throw error;
    },
    ...options,
  } as unknown as LaneConversationsOptions);
}

/** Names under which an attempt of a lane holds its first conversations. */
async function heldBy(number: number, attempt: number): Promise<string[]> {
  const items: PlanItem[] = [];
  const converse = async (item: PlanItem) => {
    items.push(item);
    return sampleRecord({ id: item.id });
  };
  const conversations = lane({ lane: number, attempt, converse });
  for (const each of [0, 1]) await conversations.hold(each, 0, Date.now());
  return items.map(({ id }) => id);
}

// Sessions of agents and repeated calls of tools are known by these names.
test('no two conversations of a load test have one name, also when a lane is taken up elsewhere', async () => {
  const held = [...(await heldBy(0, 1)), ...(await heldBy(0, 2)), ...(await heldBy(1, 1))];
  expect(new Set(held).size).toBe(6);
  expect(held[0]).toMatch(/^s\/p\//);
});

test('the time limit of one conversation ends no other, and its signal is not used again', async () => {
  const signals: AbortSignal[] = [];
  const silent = new Set([1, 2]);
  /** Answers at once, but for the calls that it leaves unanswered until they are given up. */
  const provider: Provider = {
    id: 'p',
    local: false,
    complete: (_, { signal }) =>
      new Promise((resolve, reject) => {
        signals.push(signal);
        if (silent.has(signals.length)) watchAbort(signal, reject);
        else resolve({ content: 'yes', latencyMs: 1 });
      }),
  };
  const ended: string[] = [];
  const conversations = lane({
    providers: new Map([['p', provider]]),
    itemTimeoutMs: 50,
    converse: async (item, ports) => {
      const outcome = await ports.complete('p', REQUEST).then(
        () => 'answered',
        () => 'given up',
      );
      ended.push(outcome);
      return sampleRecord({ id: item.id });
    },
  });
  const hold = (number: number) => conversations.hold(number, 0, Date.now());
  await Promise.all([hold(0), hold(1), hold(2)]);
  expect(ended.sort()).toEqual(['answered', 'given up', 'given up']);
  await hold(3);
  expect(ended.slice(3)).toEqual(['answered']);
  expect(signals[3]).toBe(signals[2]);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, false, false]);
});

test('a signal that somebody still listens to is not given to another conversation', async () => {
  const signals: AbortSignal[] = [];
  const provider: Provider = {
    id: 'p',
    local: false,
    complete: async (_, { signal }) => {
      signals.push(signal);
      if (signals.length === 1) watchAbort(signal, () => undefined);
      return { content: 'yes', latencyMs: 1 };
    },
  };
  const conversations = lane({
    providers: new Map([['p', provider]]),
    converse: async (item, ports) => {
      await ports.complete('p', REQUEST);
      return sampleRecord({ id: item.id });
    },
  });
  for (const number of [0, 1, 2]) await conversations.hold(number, 0, Date.now());
  expect(signals[1]).not.toBe(signals[0]);
  expect(signals[2]).toBe(signals[1]);
});
