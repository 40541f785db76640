import { describe, expect, test } from '@jest/globals';
import { addHeartbeats } from '../../src/core/live-progress.js';
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
});
