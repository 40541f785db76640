import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  anyHeld,
  heldRows,
  heldTimes,
  nextWakeAt,
  settleHeld,
  standingsOf,
  tryHeld,
  wakeHeld,
} from '../../src/core/held-providers.js';
import type { HeldItems, ProviderStanding } from '../../src/core/hold.js';
import { emptyState, type RunState, retryFailed, takeWork } from '../../src/core/run-state.js';
import type { ShardResult, ShardWork } from '../../src/core/shard.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const wrongKey = { code: 'unauthorized', message: 'HTTP 401', hint: 'set the key' } as const;

let state: RunState;
let now: number;

beforeEach(() => {
  now = 1_000_000;
  state = emptyState(now);
  state.plan = { ...state.plan, toRun: 0, shardSize: 10, holdMs: 10 * MINUTE, assistants: ['p', 'q'] };
  state.nextShard = 100;
});

const held = (items: number, more: Partial<HeldItems> = {}): HeldItems => {
  return { provider: 'p', items, since: now, failure: wrongKey, ...more };
};

/** A shard ends, 5 s, 10 s, 20 s … after which a probe is due. */
function shardEnds(shard: number, more: Partial<ShardResult>, told: ProviderStanding[] = standingsOf(state)): void {
  const result: ShardResult = {
    ...{ shard, passed: 0, failed: 0, errored: 0, deferred: 0, retryAfterMs: 0, attempt: 0, notRun: 0 },
    ...{ providers: {}, failures: [], permits: { returned: 0, moved: {} } },
    ...more,
  };
  const delayMs = (failed: number, retryAfterMs: number) => Math.max(retryAfterMs, 5 * SECOND * 2 ** failed);
  settleHeld(state, result, told, { now, delayMs });
}

/** What is given out now, after the workflow has looked at the time. */
function given(): { shard: number; work: ShardWork; items: number }[] {
  wakeHeld(state, now);
  const all: { shard: number; work: ShardWork; items: number }[] = [];
  for (let next = takeWork(state); next !== undefined; next = takeWork(state)) all.push(next);
  return all;
}

function probeOf(work: { work: ShardWork }[]): ShardWork | undefined {
  return work.find(({ work: { kind } }) => kind === 'held')?.work;
}

describe('conversations of a provider that is down', () => {
  test('wait, but one that asks after 5 s, another one after 10 s more, another one after 20 s more', () => {
    shardEnds(3, { held: [held(3)] });
    shardEnds(4, { held: [held(2)] });
    expect(given()).toEqual([]);
    expect(nextWakeAt(state)).toBe(now + 5 * SECOND);
    const sources: unknown[] = [];
    for (const seconds of [5, 10, 20]) {
      now += seconds * SECOND - 1;
      expect(given()).toEqual([]);
      now += 1;
      const [probe, ...others] = given();
      expect(others).toEqual([]);
      expect(probe).toMatchObject({ items: 1, work: { kind: 'held', provider: 'p', probe: true } });
      expect(nextWakeAt(state)).toBeUndefined();
      if (probe?.work.kind === 'held') sources.push(...probe.work.sources);
      shardEnds(probe?.shard ?? -1, { held: [held(1)] });
    }
    expect(sources).toEqual([
      [3, 0, 1],
      [3, 1, 2],
      [3, 2, 3],
    ]);
    expect(heldRows(state)).toMatchObject([{ provider: 'p', items: 5, message: 'HTTP 401', hint: 'set the key' }]);
  });

  test('all go on when one was answered, in shards of the usual size', () => {
    shardEnds(3, { held: [held(6)] });
    shardEnds(4, { held: [held(8)] });
    now += 5 * SECOND;
    const [probe] = given();
    shardEnds(probe?.shard ?? -1, { recovered: ['p'] });
    expect(given().map(({ work, items }) => [work, items])).toEqual([
      [{ kind: 'held', provider: 'p', sources: [[3, 1, 6]] }, 5],
      [{ kind: 'held', provider: 'p', sources: [[4, 0, 8]] }, 8],
    ]);
    expect(anyHeld(state)).toBe(false);
    expect(standingsOf(state)).toEqual([{ provider: 'p', releases: 1 }]);
    expect(heldTimes(state, now)).toEqual([{ provider: 'p', ms: 5 * SECOND }]);
  });

  test('go on as well when a shard of another process finds it up', () => {
    shardEnds(3, { held: [held(6)] });
    shardEnds(4, { recovered: ['p'] });
    expect(given()).toHaveLength(1);
  });

  test('that a shard from before the release brings back are not held again', () => {
    const before = standingsOf(state);
    shardEnds(3, { held: [held(1)] });
    shardEnds(4, { recovered: ['p'] });
    given();
    shardEnds(5, { held: [held(2)] }, before);
    expect(anyHeld(state)).toBe(false);
    expect(given()).toMatchObject([{ work: { kind: 'held', sources: [[5, 0, 2]] }, items: 2 }]);
    shardEnds(6, { held: [held(2)] });
    expect(anyHeld(state)).toBe(true);
  });

  test('are asked for by another one at once when a probe ends without having asked', () => {
    shardEnds(3, { held: [held(2)] });
    now += 5 * SECOND;
    shardEnds(given()[0]?.shard ?? -1, { errored: 1 });
    expect(given()).toMatchObject([{ work: { probe: true, sources: [[3, 1, 2]] } }]);
  });

  test('are asked for later when the probe has to wait for its place in the pace of calls', () => {
    shardEnds(3, { held: [held(2)] });
    now += 5 * SECOND;
    shardEnds(given()[0]?.shard ?? -1, { waiting: { items: 1, dueAt: now + 7 * SECOND } });
    expect(given()).toEqual([]);
    expect(nextWakeAt(state)).toBe(now + 7 * SECOND);
  });

  test('are forgotten when the last of them has ended otherwise', () => {
    shardEnds(3, { held: [held(1)] });
    now += 5 * SECOND;
    shardEnds(given()[0]?.shard ?? -1, { errored: 1 });
    expect(given()).toEqual([]);
    expect(anyHeld(state)).toBe(false);
  });

  test('wait as long as the provider asks for, but never beyond the end of the hold', () => {
    const failure = { ...wrongKey, retryAfterMs: 2 * MINUTE };
    shardEnds(3, { held: [held(1, { failure })] });
    expect(nextWakeAt(state)).toBe(now + 2 * MINUTE);
    shardEnds(4, { held: [held(1, { provider: 'q', failure: { ...failure, retryAfterMs: 60 * MINUTE } })] });
    now += 2 * MINUTE;
    given();
    expect(nextWakeAt(state)).toBe(now + 8 * MINUTE);
  });

  test('end with the failure and the time that was waited when the hold is over, after a last probe', () => {
    shardEnds(3, { held: [held(4)] });
    let probes = 0;
    while (anyHeld(state)) {
      now = nextWakeAt(state) ?? now;
      const [probe] = given();
      probes += 1;
      shardEnds(probe?.shard ?? -1, { held: [held(1, { since: now })] });
    }
    expect(now).toBe(1_000_000 + 10 * MINUTE);
    expect(probes).toBe(7);
    const over = { ...wrongKey, message: 'down for 10m0s: HTTP 401', lasting: true };
    expect(standingsOf(state)).toEqual([{ provider: 'p', releases: 0, over }]);
    expect(given().reduce((sum, { items }) => sum + items, 0)).toBe(4);
    shardEnds(9, { held: [held(2)] });
    expect(anyHeld(state)).toBe(false);
    expect(given()).toMatchObject([{ work: { sources: [[9, 0, 2]] }, items: 2 }]);
  });

  test('get another chance when failed items run again', () => {
    state.plan.holdMs = 0;
    shardEnds(3, { held: [held(1)] });
    shardEnds(given()[0]?.shard ?? -1, { held: [held(1)] });
    expect(standingsOf(state)).toMatchObject([{ releases: 0, over: { lasting: true } }]);
    retryFailed(state);
    expect(standingsOf(state)).toEqual([{ provider: 'p', releases: 1 }]);
  });

  test('are asked for at once on demand', () => {
    shardEnds(3, { held: [held(1)] });
    shardEnds(4, { held: [held(1, { provider: 'q' })] });
    expect(tryHeld(state, now)).toBe(2);
    expect(given()).toHaveLength(2);
  });
});

describe('while a provider is held', () => {
  beforeEach(() => {
    state.plan.toRun = 5;
  });

  test('conversations of others begin', () => {
    shardEnds(3, { held: [held(1)] });
    expect(given()).toMatchObject([{ work: { kind: 'range', from: 0, to: 5 } }]);
  });

  test('none begins when every assistant is down, until one is back', () => {
    shardEnds(3, { held: [held(1), held(1, { provider: 'q' })] });
    expect(given()).toEqual([]);
    now += 5 * SECOND;
    expect(given().map(({ work }) => work.kind)).toEqual(['held', 'held']);
    shardEnds(4, { recovered: ['q'] });
    expect(given().map(({ work }) => work.kind)).toEqual(['range']);
  });

  test('a judge that is down holds up no beginning', () => {
    state.plan.assistants = ['p'];
    shardEnds(3, { held: [held(1, { provider: 'judge' })] });
    expect(given()).toHaveLength(1);
  });

  test('everything stands in plain data', () => {
    shardEnds(3, { held: [held(3)] });
    now += 5 * SECOND;
    const carried: RunState = JSON.parse(JSON.stringify(state));
    const probe = probeOf(given());
    state = carried;
    expect(probeOf(given())).toEqual(probe);
    shardEnds(100, { recovered: ['p'] });
    expect(given().filter(({ work }) => work.kind === 'held')).toMatchObject([{ items: 2 }]);
  });
});
