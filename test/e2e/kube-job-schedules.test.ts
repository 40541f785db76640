/** Jobs that recur: Schedules of Temporal, told of in the status of the job. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { jobScheduleId } from '../../src/cluster/run-names.js';
import { conditionOf, JobCluster } from '../helpers/kube/job-cluster.js';
import { waitFor } from '../helpers/wait-for.js';

let cluster: JobCluster;
let connection: Connection;

const passing = { scenarios: { exclude: ['refused'] } };
const yearly = { cron: '0 3 1 1 *', timezone: 'Asia/Tokyo' };

beforeAll(async () => {
  cluster = await JobCluster.start('shop');
  connection = await Connection.connect({ address: cluster.arena.temporal.address });
}, 120_000);

afterAll(async () => {
  await connection?.close();
  await cluster?.stop();
});

async function scheduleOf(name: string) {
  const { metadata } = await cluster.read(name);
  const id = jobScheduleId({ namespace: 'shop', name, uid: metadata.uid ?? '' });
  return new Client({ connection }).schedule.getHandle(id);
}

/** Fires the Schedule under its own policy, as the clock does. */
async function fire(name: string): Promise<void> {
  const { scheduleId } = await scheduleOf(name);
  // Firings are named by the second.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await connection.workflowService.patchSchedule({
    namespace: 'default',
    scheduleId,
    patch: { triggerImmediately: {} },
  });
}

const isScheduled = (name: string) => cluster.until(name, ({ nextScheduleTime }) => nextScheduleTime !== undefined);

describe('a job with a schedule', () => {
  // shows ArenaJob.spec.schedule.cron, ArenaJob.spec.schedule.timezone
  test('waits for its time in its time zone, runs when it is fired, and tells of each run', async () => {
    await cluster.apply(cluster.job('yearly', { ...passing, schedule: yearly }));
    const waiting = await isScheduled('yearly');
    expect(waiting).toMatchObject({ phase: 'Pending', nextScheduleTime: expect.stringMatching(/-12-31T18:00:00Z$/) });
    expect(conditionOf(waiting, 'Ready')).toMatchObject({ status: 'True', reason: 'Scheduled' });
    await fire('yearly');
    const first = await cluster.until('yearly', ({ phase }) => phase === 'Succeeded');
    expect(first).toMatchObject({ lastScheduleTime: expect.any(String), progress: { text: '2/2' } });
    expect(first.run).toMatch(/^shop\/yearly\/[0-9a-f]{8}\/s-20/);
    await fire('yearly');
    const second = await cluster.until('yearly', ({ run, phase }) => run !== first.run && phase === 'Succeeded');
    expect(second.runs?.map(({ id }) => id)).toEqual([second.run, first.run]);
    await cluster.patch('yearly', { spec: { schedule: { cron: '30 4 1 1 *', timezone: 'UTC' } } });
    await cluster.until('yearly', ({ nextScheduleTime }) => nextScheduleTime?.endsWith('-01-01T04:30:00Z') === true);
  });

  test('takes a change of what it runs with its next firing', async () => {
    await cluster.patch('yearly', { spec: { scenarios: { include: ['morning'] }, trials: 3 } });
    const { run } = await cluster.until('yearly', ({ observedGeneration }) => observedGeneration === 3);
    await fire('yearly');
    const status = await cluster.until('yearly', (one) => one.run !== run && one.phase === 'Succeeded');
    expect(status).toMatchObject({ progress: { text: '3/3' }, lastScheduleTime: expect.any(String) });
  });

  test('removes runs that have had their time, from the status and from the store, but never the latest', async () => {
    const records = (name: string, { metadata: { uid = '' } }: { metadata: { uid?: string } }): Promise<string[]> =>
      readdir(join(cluster.arena.dataDir, 'store/runs/shop', name, uid.slice(0, 8))).catch(() => []);
    const keeping = { ...passing, trials: 1, ttlSecondsAfterFinished: 2 };
    await cluster.apply(cluster.job('kept', { ...keeping, schedule: yearly }), cluster.job('once', keeping));
    await isScheduled('kept');
    await fire('kept');
    const first = await cluster.until('kept', ({ phase }) => phase === 'Succeeded');
    await fire('kept');
    const last = await cluster.until('kept', ({ run, phase }) => run !== first.run && phase === 'Succeeded');
    await cluster.until('kept', ({ runs }) => runs?.length === 1 && runs[0]?.id === last.run);
    const job = await cluster.read('kept');
    await waitFor('the removal', async () => ((await records('kept', job)).length === 1 ? true : undefined));
    expect((await records('kept', job)).map(decodeURIComponent)).toEqual([last.run?.split('/').at(-1)]);
    // A job that ran once goes as a whole.
    await waitFor('the end', async () => ((await cluster.exists('once')) ? undefined : true));
    const of = join(cluster.arena.dataDir, 'store/runs/shop/once');
    await waitFor('the removal', async () => {
      const found = await readdir(of, { recursive: true });
      return found.every((name) => !name.includes('/')) ? true : undefined;
    });
  });

  // shows ArenaJob.spec.schedule.concurrencyPolicy
  test.each([
    ['Forbid', 1, false],
    ['Allow', 2, false],
    ['Replace', 2, true],
  ] as const)('of policy %s that is due twice has %d runs', async (concurrencyPolicy, count, replaces) => {
    const name = concurrencyPolicy.toLowerCase();
    await cluster.apply(cluster.job(name, { ...passing, trials: 1000, schedule: { ...yearly, concurrencyPolicy } }));
    await isScheduled(name);
    await fire(name);
    const first = await cluster.until(name, ({ progress }) => (progress?.completed ?? 0) > 2);
    await fire(name);
    if (count === 1) {
      await waitFor(
        'the skip',
        async () => (await (await scheduleOf(name)).describe()).info.numActionsSkippedOverlap || undefined,
      );
    }
    const status = await cluster.until(name, ({ runs }) => runs?.length === count);
    await cluster.until(name, ({ phase }) => phase === 'Running');
    const phaseOf = ({ runs }: typeof status, id = '') => runs?.find((run) => run.id === id)?.phase;
    expect(phaseOf(await cluster.until(name, () => true), first.run)).toBe(replaces ? 'Cancelled' : 'Running');
    await cluster.remove(name);
    await waitFor('the end', async () => ((await cluster.exists(name)) ? undefined : true));
  });

  test('runs by the clock and makes up for an outage, holds while it is suspended, and leaves nothing behind', async () => {
    const { arena } = cluster;
    await cluster.apply(cluster.job('minutely', { ...passing, schedule: { cron: '* * * * *' } }));
    const { nextScheduleTime = '' } = await isScheduled('minutely');
    // Nobody is there when it is due.
    await arena.killController();
    await arena.temporal.kill();
    await waitFor('its time', () => Date.now() > Date.parse(nextScheduleTime) || undefined, 70_000);
    await arena.temporal.start();
    await arena.startController();
    const status = await cluster.until('minutely', ({ phase }) => phase === 'Succeeded', 90_000);
    expect(status.runs?.map(({ id }) => id.split('/').at(-1))).toContain(`s-${nextScheduleTime}`);
    await cluster.patch('minutely', { spec: { suspend: true } });
    await cluster.until('minutely', (one) => one.nextScheduleTime === undefined);
    const handle = await scheduleOf('minutely');
    expect((await handle.describe()).state).toMatchObject({ paused: true, note: 'spec.suspend of the ArenaJob' });
    await cluster.patch('minutely', { spec: { suspend: false, schedule: { cron: '0 0 29 2 *' } } });
    await cluster.until('minutely', (one) => one.nextScheduleTime?.endsWith('-02-29T00:00:00Z') === true);
    await cluster.remove('minutely');
    await waitFor('the end', async () => ((await cluster.exists('minutely')) ? undefined : true));
    await expect(handle.describe()).rejects.toThrow();
  }, 240_000);

  test('skips its firings while its ArenaConfig is suspended, says so, and leaves what it has told alone', async () => {
    const sourceRef = { name: 'prompts' };
    const providers = [{ name: 'model' }];
    const config = (suspend: boolean) => cluster.object('ArenaConfig', 'nightly', { sourceRef, providers, suspend });
    const isSeen = (reason: string) =>
      cluster.until('resting', (now) => conditionOf(now, 'ConfigValid')?.reason === reason);
    const spec = { ...passing, sourceRef: { name: 'nightly', kind: 'ArenaConfig' }, providers: undefined };
    await cluster.apply(config(false), cluster.job('resting', { ...spec, schedule: yearly }));
    await isSeen('Resolved');
    await fire('resting');
    const first = await cluster.until('resting', ({ phase }) => phase === 'Succeeded');
    await cluster.apply(config(true));
    const resting = await isSeen('ConfigSuspended');
    expect(resting).toMatchObject({ phase: 'Succeeded', run: first.run });
    const calls = cluster.model.stats().calls;
    await fire('resting');
    const skip = await waitFor('the Event', async () =>
      (await cluster.events('resting')).find(({ reason }) => reason === 'RunSkipped'),
    );
    expect(skip.message).toMatch(/^shop\/resting\/[0-9a-f]{8}\/s-20\S+: ConfigSuspended: /);
    const { phase, run, runs } = await cluster.until('resting', () => true);
    expect({ phase, run, runs }).toEqual({ phase: 'Succeeded', run: first.run, runs: first.runs });
    expect(cluster.model.stats().calls).toBe(calls);
    await cluster.apply(config(false));
    await isSeen('Resolved');
    await fire('resting');
    const next = await cluster.until('resting', ({ run, phase }) => run !== first.run && phase === 'Succeeded');
    expect(next.runs?.map(({ id }) => id)).toEqual([next.run, first.run]);
    expect((await cluster.events('resting')).filter(({ reason }) => reason === 'RunSkipped')).toHaveLength(1);
  });

  test('that nobody can read is refused with the reason', async () => {
    await cluster.apply(cluster.job('odd', { ...passing, schedule: { cron: '0 3 31 2 *' } }));
    const status = await cluster.ended('odd');
    expect(conditionOf(status, 'Failed')).toMatchObject({ status: 'True', reason: 'InvalidSpec' });
  });
});
