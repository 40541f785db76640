import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { ActivityDeps } from '../../activities/deps.js';
import { sweepRuns } from '../../activities/sweep-runs.js';
import { takeOver } from '../../activities/take-over.js';
import type { Decision } from '../../k8s/controller/reconcile/arena-job-decide.js';
import { sweepOf } from '../../k8s/controller/reconcile/arena-job-retention.js';
import type { JobView } from '../../k8s/controller/reconcile/arena-job-view.js';
import { isOwnRun } from '../../src/cluster/run-names.js';
import { type Plan, PlanIndex } from '../../src/core/plan.js';
import { commitKey, finalKey, planKey, reportFolder, runFolder, shardFolder } from '../../src/core/store-keys.js';
import { DirectoryStore } from '../../src/io/stores/directory-store.js';

const JOB = { namespace: 'shop', name: 'nightly', uid: '0123456789ab' };
const RUNS = 'shop/nightly/01234567';
const NOW = Date.parse('2026-11-20T12:00:00Z');
const HOUR = 3_600_000;

let folder: string;
let store: DirectoryStore;
/** What Temporal knows: open runs, and when others closed. */
let known: Map<string, 'open' | number>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arena-sweep-'));
  store = new DirectoryStore(folder);
  known = new Map();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const client = {
  workflow: {
    getHandle: (id: string) => ({
      describe: async () => {
        const state = known.get(id);
        if (state === undefined) throw new WorkflowNotFoundError('not found', id, undefined);
        return state === 'open' ? {} : { closeTime: new Date(state) };
      },
    }),
  },
} as unknown as ActivityDeps['client'];

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const plan: Plan = {
  schemaVersion: 1,
  bundle: 'b',
  cells: [{ scenario: 'a', providers: ['p'], trials: 1 }],
  regions: ['default'],
} as unknown as Plan;

/** The records of a run that has one conversation, which passed. */
async function recorded(run: string, endedAt: number | undefined): Promise<void> {
  const segment = `${shardFolder(run, 0)}/1/0`;
  await store.put(planKey(run), json({ run, plan }));
  await store.put(segment, Buffer.from('{}\n'));
  const row = { item: 0, verdict: 'passed', segment: 0, offset: 0, length: 2, dispatch: 0, latenciesMs: [] };
  const commit = { schemaVersion: 1, segments: [{ key: segment, bytes: 3 }], rows: [row], deferred: [], result: {} };
  await store.put(commitKey(run, 0), json(commit));
  await store.put(`${reportFolder(run)}/results.json`, json({}));
  if (endedAt !== undefined) await store.put(finalKey(run), json({ endedAt }));
}

const retried = (run: string, earlier: string) => takeOver(store, run, new PlanIndex(plan), earlier);
const left = async () => (await store.folders(`runs/${RUNS}`)).map((name) => decodeURIComponent(name));
const sweep = (keep: string[] = [], signal = new AbortController().signal) =>
  sweepRuns({ store, client }, { job: JOB, endedBefore: NOW - HOUR, keep }, signal);
const own = (part: string | number): string => `${RUNS}/${part}`;

describe('the removal of runs that have had their time', () => {
  test('takes those that ended before, and nothing of any other run', async () => {
    await recorded(own(1), NOW - 3 * HOUR);
    await recorded(own(2), NOW - HOUR + 1);
    await recorded(own('s-2026-11-20T02:00:00Z'), NOW - 9 * HOUR);
    await recorded(own('s-2026-11-20T11:30:00Z'), NOW - 9 * HOUR);
    await recorded('shop/nightly/76543210/1', NOW - 9 * HOUR);
    await recorded('shop/nightly-2/01234567/1', NOW - 9 * HOUR);
    await recorded(own('1-again'), NOW - 9 * HOUR);
    expect(await sweep()).toEqual({ removed: [own(1), own('s-2026-11-20T02:00:00Z')], more: false });
    expect(await left()).toEqual(['1-again', '2', 's-2026-11-20T11:30:00Z']);
    expect(await store.folders('runs/shop/nightly')).toEqual(['01234567', '76543210']);
    expect(await store.folders('runs/shop')).toEqual(['nightly', 'nightly-2']);
    expect(await sweep()).toEqual({ removed: [], more: false });
  });

  test.each<[string, 'open' | number | undefined, boolean]>([
    ['is open', 'open', true],
    ['was closed a moment ago', NOW, true],
    ['was closed long ago', NOW - 2 * HOUR, false],
    ['is known to nobody', undefined, false],
  ])('of a run without an end that %s', async (_, state, stays) => {
    await recorded(own(1), undefined);
    if (state !== undefined) known.set(own(1), state);
    await sweep();
    expect(await left()).toEqual(stays ? ['1'] : []);
  });

  test('leaves a run that is opened again, and those that are to be kept', async () => {
    for (const number of [1, 2, 3]) await recorded(own(number), NOW - 5 * HOUR);
    known.set(own(1), 'open');
    expect(await sweep([own(3)])).toEqual({ removed: [own(2)], more: false });
    expect(await left()).toEqual(['1', '3']);
  });

  test('leaves reports that could not be delivered', async () => {
    await recorded(own(1), NOW - 5 * HOUR);
    await store.put(finalKey(own(1)), json({ endedAt: NOW - 5 * HOUR, undelivered: 'the bucket is gone' }));
    expect((await sweep()).removed).toEqual([]);
  });

  test('leaves what a later run has taken over, also by way of another, until that one goes', async () => {
    await recorded(own(1), NOW - 9 * HOUR);
    for (const number of [2, 3]) {
      await store.put(planKey(own(number)), json({ run: own(number), plan }));
      await retried(own(number), own(number - 1));
      await store.put(finalKey(own(number)), json({ endedAt: NOW - (9 - number) * HOUR }));
    }
    expect((await sweep([own(3)])).removed).toEqual([]);
    await store.deleteBelow(runFolder(own(2)));
    expect((await sweep([own(3)])).removed).toEqual([]);
    expect(await store.get(`${shardFolder(own(1), 0)}/1/0`)).toBeDefined();
    expect((await sweep()).removed).toEqual([own(3), own(1)]);
    expect(await left()).toEqual([]);
  });

  test('leaves what a run of another name has taken over', async () => {
    await recorded(own(1), NOW - 9 * HOUR);
    await store.put(planKey('mine'), json({ run: 'mine', plan }));
    await retried('mine', own(1));
    expect((await sweep()).removed).toEqual([]);
    await store.deleteBelow(runFolder('mine'));
    expect((await sweep()).removed).toEqual([own(1)]);
  });

  test('goes on where it was broken off', async () => {
    await recorded(own(1), NOW - 9 * HOUR);
    await store.delete(planKey(own(1)));
    await store.delete(finalKey(own(1)));
    expect((await sweep()).removed).toEqual([own(1)]);
  });

  test('is done in rounds, and ends when it is told to', async () => {
    for (let number = 1; number <= 101; number += 1) await store.put(finalKey(own(number)), json({ endedAt: 1 }));
    const stopped = new AbortController();
    stopped.abort();
    await expect(sweep([], stopped.signal)).rejects.toThrow();
    const first = await sweep();
    expect([first.removed.length, first.more, await left()]).toEqual([100, true, ['1']]);
    expect(await sweep()).toEqual({ removed: [own(1)], more: false });
  });

  test('takes nothing over from a run that is gone, and leaves no trace of trying', async () => {
    await expect(retried('mine', own(7))).rejects.toMatchObject({ code: 'invalid_input' });
    expect(await left()).toEqual([]);
  });
});

describe('a run is a job’s own', () => {
  test.each<[string, boolean]>([
    [own(1), true],
    [own('s-2026-11-20T02:00:00Z'), true],
    [own('s'), false],
    [own('1/2'), false],
    [own('1-again'), false],
    [own(''), false],
    ['shop/nightly/0123456/1', false],
  ])('%s: %s', (run, expected) => {
    expect(isOwnRun(JOB, run)).toBe(expected);
  });
});

describe('the controller has runs removed', () => {
  const TTL = { ttlSecondsAfterFinished: 3600 };
  const NIGHTLY = { schedule: { cron: '@daily', timezone: 'UTC', concurrencyPolicy: 'Forbid' } };
  const firings = (...days: number[]) =>
    days.map((day) => ({ id: own(`s-2026-11-${day}T00:00:00Z`), phase: 'Failed' }));
  const of = (spec: object, before: object[], after: object[], remove = false) =>
    sweepOf(
      { job: JOB, spec, before: { runs: before }, now: NOW } as unknown as JobView,
      { runs: after } as JobView['before'],
      { remove } as Decision,
    );
  const request = (part: string, input: object) => ({
    workflow: 'sweepRuns',
    id: `sweep/${RUNS}/${part}`,
    args: [{ job: JOB, ...input }],
    memo: { arena: { kind: 'ArenaJob', ...JOB } },
  });

  // shows ArenaJob.spec.ttlSecondsAfterFinished
  test.each<[string, ReturnType<typeof of>, object | undefined]>([
    ['not without a time to live', of(NIGHTLY, firings(20, 19), firings(20)), undefined],
    ['not while its status tells of the same', of({ ...NIGHTLY, ...TTL }, firings(20), firings(21, 20)), undefined],
    [
      'when they leave the status',
      of({ ...NIGHTLY, ...TTL }, firings(20, 19, 18), firings(21, 20)),
      request('s-2026-11-19T00:00:00Z', {
        endedBefore: NOW - HOUR + 2000,
        keep: firings(21, 20).map(({ id }) => id),
      }),
    ],
    ['not of a job that has ended just now', of(TTL, [{ id: own(1) }], [{ id: own(1) }]), undefined],
    [
      'with the job that has had its time',
      of(TTL, [{ id: own(1) }], [{ id: own(1) }], true),
      request('end', { endedBefore: NOW, keep: [] }),
    ],
  ])('%s', (_, actual, expected) => {
    if (expected === undefined) expect(actual).toBeUndefined();
    else expect(actual).toMatchObject(expected);
  });
});
