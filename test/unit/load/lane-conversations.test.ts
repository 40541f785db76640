import { expect, test } from '@jest/globals';
import { LaneConversations, type LaneConversationsOptions } from '../../../activities/load/lane-conversations.js';
import { LoadMeter } from '../../../activities/load/load-meter.js';
import { RunPool } from '../../../activities/shard/run-pool.js';
import type { PlanItem } from '../../../src/core/plan.js';
import { sampleRecord } from '../../helpers/sample-records.js';

/** Names under which an attempt of a lane holds its first conversations. */
async function heldBy(lane: number, attempt: number): Promise<string[]> {
  const items: PlanItem[] = [];
  const cell = { scenario: 's', provider: 'p', region: 'default' };
  const conversations = new LaneConversations({
    ...{ run: 'r', lane, attempt, plan: { cells: [cell] }, pool: new RunPool(), gates: [], providers: new Map() },
    ...{ meter: new LoadMeter(0), lease: { fresh: true }, itemTimeoutMs: 60_000, retryInPlace: false },
    converse: async (item: PlanItem) => {
      items.push(item);
      return sampleRecord({ id: item.id });
    },
    scenarioTimeoutMs: () => undefined,
    thinkMs: () => 0,
    draining: () => undefined,
    onRecord: () => undefined,
    onFault: (error: unknown) => {
      throw error;
    },
  } as unknown as LaneConversationsOptions);
  for (const number of [0, 1]) await conversations.hold(number, 0, Date.now());
  return items.map(({ id }) => id);
}

// Sessions of agents and repeated calls of tools are known by these names.
test('no two conversations of a load test have one name, also when a lane is taken up elsewhere', async () => {
  const held = [...(await heldBy(0, 1)), ...(await heldBy(0, 2)), ...(await heldBy(1, 1))];
  expect(new Set(held).size).toBe(6);
  expect(held[0]).toMatch(/^s\/p\//);
});
