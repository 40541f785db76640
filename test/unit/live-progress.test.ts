import { describe, expect, test } from '@jest/globals';
import { addHeartbeats, newsOfPending } from '../../src/core/live-progress.js';
import type { LaneHeartbeat } from '../../src/core/load/lane.js';
import type { LoadFigures } from '../../src/core/load/load-summary.js';
import type { FailedItem, Progress, ShardHeartbeat } from '../../src/core/run.js';

const progress: Progress = {
  run: 'job/1',
  phase: 'Running',
  stage: 'running',
  counts: { total: 100, passed: 10, failed: 1, errored: 0, reused: 0 },
  waitingForRetry: 2,
  held: [],
  shards: { done: 1, inFlight: 2, toDo: 3 },
  providers: [{ provider: 'a', passed: 10, failed: 1, errored: 0 }],
  startedAt: 1000,
};

const failure = (id: string): FailedItem => ({ id, index: 0, verdict: 'failed', reason: 'contains', message: 'no' });

const beat: ShardHeartbeat = {
  shard: 1,
  worker: 'w',
  done: 4,
  passed: 2,
  failed: 1,
  errored: 1,
  open: 5,
  byProvider: { a: [1, 0, 1], b: [1, 1, 0] },
  failures: [failure('s/b')],
};

describe('live progress', () => {
  test('adds what shards in flight have finished to what is committed', () => {
    const live = addHeartbeats(progress, [beat, { ...beat, failures: [] }], [failure('s/a'), failure('s/b')]);
    expect(live.counts).toEqual({ total: 100, passed: 14, failed: 3, errored: 2, reused: 0 });
    expect(live.providers).toEqual([
      { provider: 'a', passed: 12, failed: 1, errored: 2 },
      { provider: 'b', passed: 2, failed: 2, errored: 0 },
    ]);
    expect(live.open).toBe(10);
    expect(live.failures.map((item) => item.id)).toEqual(['s/a', 's/b']);
  });

  test('leaves the progress that it was given as it is', () => {
    const before = structuredClone(progress);
    addHeartbeats(progress, [beat], []);
    expect(progress).toEqual(before);
  });

  test('tells of providers that are down before their conversations are handed back', () => {
    const failure = { code: 'unauthorized', message: 'wrong key', hint: 'set it' } as const;
    const row = { provider: 'a', items: 2, since: 5, code: 'unauthorized', message: 'wrong key', hint: 'set it' };
    const held = [
      { provider: 'a', items: 3, since: 9, failure },
      { provider: 'b', items: 1, since: 7, failure },
    ];
    const live = addHeartbeats({ ...progress, held: [row] }, [{ ...beat, held }, beat], []);
    expect(live.held).toEqual([
      { ...row, items: 5 },
      { ...row, provider: 'b', items: 1, since: 7 },
    ]);
  });

  describe('of a load test', () => {
    const load: LoadFigures = {
      model: 'open',
      clockMs: 9_000,
      target: 100,
      lanes: 2,
      rps: 90,
      requests: { sent: 800, ended: 790, failed: 3, rateLimited: 1, unknown: 0 },
      conversations: { begun: 800, passed: 787, failed: 0, errored: 3, dropped: 2 },
      turns: 787,
      open: 10,
      inFlight: 10,
      latency: { count: 787 },
      usage: {},
      costUsd: 0.5,
      thresholds: [],
      events: [],
    };
    const lane: LaneHeartbeat = {
      lane: 0,
      worker: 'w',
      clockMs: 9_500,
      sent: 450,
      ended: 440,
      failed: 1,
      rateLimited: 0,
      dropped: 0,
      open: 7,
      inFlight: 6,
      rps: 49.5,
      latency: { count: 440 },
      tokens: 10,
      costUsd: 0.3,
    };

    test('adds up what its lanes tell, and never falls behind what was read', () => {
      const live = addHeartbeats({ ...progress, load }, [], [], [], [lane, { ...lane, lane: 1, sent: 460 }]).load;
      expect(live?.requests).toEqual({ sent: 910, ended: 880, failed: 3, rateLimited: 1, unknown: 0 });
      expect([live?.rps, live?.open, live?.inFlight, live?.costUsd]).toEqual([99, 14, 12, 0.6]);
      expect(live?.conversations.dropped).toBe(2);
    });

    test('is as it was read while no lane tells anything', () => {
      expect(addHeartbeats({ ...progress, load }, [], []).load).toEqual(load);
    });

    test('takes lanes and shards by what they tell, and no lane that is left to others for a trouble', () => {
      const pending = [
        { heartbeatDetails: { payloads: [lane] }, activityType: { name: 'runLane' }, attempt: 1 },
        { heartbeatDetails: { payloads: [beat] }, activityType: { name: 'runShard' }, attempt: 1 },
        {
          activityType: { name: 'runLane' },
          attempt: 2,
          lastFailure: { message: 'another one may', applicationFailureInfo: { type: 'LaneLeftToOthers' } },
        },
      ];
      expect(newsOfPending<unknown>(pending, (payload) => payload)).toEqual({
        heartbeats: [beat],
        lanes: [lane],
        troubles: [],
      });
    });
  });
});
