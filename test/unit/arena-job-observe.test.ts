import { expect, test } from '@jest/globals';
import { RunningJobs } from '../../k8s/controller/engine/running-jobs.js';
import type { Engine, KubeObject } from '../../k8s/controller/ports.js';
import { JobObserver, type ObserveDeps } from '../../k8s/controller/reconcile/arena-job-observe.js';
import type { ArenaJobObject } from '../../src/schema/cluster/arena-job.js';

const RUN = 'shop/nightly/0a1b2c3d/1';
const ENDED = Date.parse('2026-05-04T03:02:01Z');

/** An observer of one job whose status tells that its run ended at `ENDED`; Temporal says what `closedAt` is. */
function observed() {
  const temporal = { closedAt: ENDED + 120 };
  const result = { phase: 'Failed', reason: 'AssertionsFailed', message: '20 of 60 conversations failed' };
  const state = async (id: string) =>
    id === RUN ? { open: false, startedAt: ENDED - 9000, how: 'completed', result, ...temporal } : undefined;
  const engine = { state, deleteSchedule: async () => undefined } as unknown as Engine;
  const running = new RunningJobs(engine, () => undefined);
  const observer = new JobObserver({ engine, running, now: () => ENDED + 60_000 } as unknown as ObserveDeps);
  const metadata = { namespace: 'shop', name: 'nightly', uid: 'u-1' };
  const completionTime = new Date(ENDED).toISOString();
  const runs = [{ id: RUN, phase: 'Failed', completionTime }];
  const object = {
    metadata: { ...metadata, generation: 1, creationTimestamp: '2026-05-04T03:00:00Z' },
    status: { phase: 'Failed', run: RUN, runs, observedGeneration: 1 },
  } as unknown as KubeObject;
  const job = { metadata, spec: { type: 'evaluation' } } as unknown as ArenaJobObject;
  const seen = async () => (await observer.observe(object, job, undefined)).runs.map(({ id }) => id);
  return { temporal, observer, seen };
}

test('a run that ended as its status tells is no news', async () => {
  const { observer, seen } = observed();
  expect(await seen()).toEqual([]);
  observer.forgetSettled('u-1');
  expect(await seen()).toEqual([]);
});

test('a run that was reset and ended again is news until the status tells it', async () => {
  const { temporal, observer, seen } = observed();
  await seen();
  temporal.closedAt = ENDED + 1900;
  observer.forgetSettled('u-1');
  expect(await seen()).toEqual([RUN]);
  // A status that was written a moment ago waits for its turn.
  expect(await seen()).toEqual([RUN]);
});

test('a run that ended again within the same second is news', async () => {
  const { temporal, observer, seen } = observed();
  await seen();
  temporal.closedAt = ENDED + 870;
  observer.forgetSettled('u-1');
  expect(await seen()).toEqual([RUN]);
});
