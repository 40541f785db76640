import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RunningJobs } from '../../k8s/controller/engine/running-jobs.js';
import { TemporalEngine } from '../../k8s/controller/engine/temporal-engine.js';
import { WorkflowNews } from '../../k8s/controller/engine/workflow-news.js';
import type { Owner } from '../../k8s/controller/engine/workflow-owner.js';
import type { ScheduleRequest, StartRequest } from '../../k8s/controller/ports.js';
import { DurableRun } from '../helpers/durable-run.js';
import { waitFor } from '../helpers/wait-for.js';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };

let run: DurableRun;
let engine: TemporalEngine;

beforeAll(async () => {
  run = await DurableRun.start({ workers: 1, scenarios: 2, providers: 1, latencyMs: 100, concurrency: 2 });
  engine = new TemporalEngine(run.client, 'q');
}, 120_000);

afterAll(() => run.stop());

const request = (id: string, input: object = {}): StartRequest => ({
  workflow: 'arenaJob',
  id,
  args: [{ bundle: { path: join(run.dataDir, 'bundle') }, concurrency: 2, ...input }],
  memo: { arena: { kind: 'ArenaJob', namespace: 'team', name: 'nightly', uid: '0123456789ab' } },
  summary: 'evaluation team/nightly',
});

const ended = (id: string) =>
  waitFor(`the end of ${id}`, async () => {
    const state = await engine.state(id);
    return state === undefined || state.open ? undefined : state;
  });

const long = { trials: 500, concurrency: 1 };

describe('the engine', () => {
  test('starts a run once, also after its end, and tells its result', async () => {
    expect(await engine.start(request('team/nightly/01234567/1'))).toBe(true);
    expect(await engine.start(request('team/nightly/01234567/1'))).toBe(false);
    const end = await ended('team/nightly/01234567/1');
    expect(end).toMatchObject({ how: 'completed', result: { phase: 'Succeeded', counts: { total: 2, passed: 2 } } });
    expect(await engine.start(request('team/nightly/01234567/1'))).toBe(false);
  });

  test('tells how far a run is, shards in flight included, and cancels it with what it has', async () => {
    await engine.start(request('team/long/01234567/1', long));
    expect(await engine.state('team/long/01234567/1')).toMatchObject({ open: true, startedAt: expect.any(Number) });
    await waitFor('progress', async () => {
      const progress = await engine.progress('team/long/01234567/1');
      return progress !== undefined && progress.counts.passed > 2 && progress.shards.done === 0 ? true : undefined;
    });
    await engine.cancel('team/long/01234567/1');
    expect(await ended('team/long/01234567/1')).toMatchObject({ how: 'completed', result: { phase: 'Cancelled' } });
    await engine.cancel('team/long/01234567/1');
  });

  test('tells why a run was refused', async () => {
    await engine.start(request('team/bad/01234567/1', { select: { scenarios: ['none-such'] } }));
    const end = await ended('team/bad/01234567/1');
    expect(end).toMatchObject({ how: 'failed', code: 'invalid_input', message: expect.stringContaining('none-such') });
  });

  test('knows nothing of runs that there are not, and refuses to update those that have ended', async () => {
    expect(await engine.state('team/nobody/1')).toBeUndefined();
    expect(await engine.progress('team/nobody/1')).toBeUndefined();
    await engine.cancel('team/nobody/1');
    const update = engine.update('team/nightly/01234567/1', 'retryFailed', []);
    await expect(update).rejects.toMatchObject({ code: 'invalid_input', message: expect.stringContaining('ended') });
  });

  test('passes on why a run refuses an update', async () => {
    await engine.start(request('team/updated/01234567/1', long));
    await waitFor(
      'the run',
      async () => ((await engine.progress('team/updated/01234567/1'))?.open ?? 0) > 0 || undefined,
    );
    const update = engine.update('team/updated/01234567/1', 'setWorkers', [0]);
    await expect(update).rejects.toMatchObject({ code: 'invalid_input', message: 'takes a number from 1 to 1000' });
    await engine.cancel('team/updated/01234567/1');
  });
});

describe('the news of runs', () => {
  test('tell whose run has started and whose has ended, once each', async () => {
    const owners: Owner[] = [];
    const news = new WorkflowNews(run.client, { now: Date.now, log: silent }, (owner) => owners.push(owner));
    const hear = (count: number) =>
      waitFor('news', async () => {
        await news.look();
        return owners.filter(({ name }) => name === 'prompts').length === count ? true : undefined;
      });
    const owner: Owner = { kind: 'ArenaSource', namespace: 'team', name: 'prompts', uid: 'u' };
    await engine.start({ ...request('team/prompts/u/1', long), memo: { arena: owner } });
    await hear(1);
    await engine.cancel('team/prompts/u/1');
    await hear(2);
    await news.look();
    expect(owners.filter(({ name }) => name === 'prompts')).toEqual([owner, owner]);
  });

  test('follow the runs that somebody asks for until they are forgotten', async () => {
    const id = 'team/followed/01234567/1';
    const news: string[] = [];
    const jobs = new RunningJobs(engine, ({ name }) => news.push(name));
    await engine.start(request(id, long));
    expect(jobs.progressOf(id, { namespace: 'team', name: 'followed' })).toBeUndefined();
    await waitFor('progress', async () => {
      await jobs.look();
      const progress = jobs.progressOf(id, { namespace: 'team', name: 'followed' });
      return (progress?.counts.passed ?? 0) > 0 || undefined;
    });
    expect(new Set(news)).toEqual(new Set(['followed']));
    jobs.forget(id);
    const told = news.length;
    await jobs.look();
    expect(news).toHaveLength(told);
    await engine.cancel(id);
    await ended(id);
  });
});

describe('a schedule', () => {
  const schedule = (id: string, changes: Partial<ScheduleRequest> = {}): ScheduleRequest => ({
    id: `arena-job/${id}`,
    every: { cron: '30 2 * * *', timezone: 'Asia/Tokyo' },
    overlap: 'SKIP',
    paused: false,
    action: request(`${id}/s`, long),
    ...changes,
  });
  const handle = (id: string) => run.client.schedule.getHandle(`arena-job/${id}`);
  const lastChange = async (id: string) => (await handle(id).describe()).info.lastUpdatedAt;
  const running = (id: string, count: number) =>
    waitFor(`${count} firings`, async () => {
      const runs = (await engine.schedule(`arena-job/${id}`))?.running ?? [];
      return runs.length === count ? runs : undefined;
    });

  test('is made, left alone while it is as it should be, changed, and deleted', async () => {
    await engine.ensureSchedule(schedule('times'));
    const first = await engine.schedule('arena-job/times');
    // 02:30 in Tokyo, all the year round.
    expect(new Date(first?.nextAt ?? 0).toISOString()).toMatch(/T17:30:00.000Z$/);
    expect(first).toMatchObject({ paused: false, recent: [], running: [] });
    await engine.ensureSchedule(schedule('times'));
    expect(await lastChange('times')).toBeUndefined();
    await engine.ensureSchedule(schedule('times', { every: { cron: '15 4 * * *', timezone: 'UTC' } }));
    const second = await engine.schedule('arena-job/times');
    expect(new Date(second?.nextAt ?? 0).toISOString()).toMatch(/T04:15:00.000Z$/);
    await engine.deleteSchedule('arena-job/times');
    await engine.deleteSchedule('arena-job/times');
    expect(await engine.schedule('arena-job/times')).toBeUndefined();
  });

  test('is paused with a note and resumed, and stays as people set it in between', async () => {
    await engine.ensureSchedule(schedule('held', { paused: true, note: 'spec.suspend' }));
    expect(await engine.schedule('arena-job/held')).toMatchObject({ paused: true });
    expect((await handle('held').describe()).state.note).toBe('spec.suspend');
    await engine.ensureSchedule(schedule('held'));
    expect(await engine.schedule('arena-job/held')).toMatchObject({ paused: false, nextAt: expect.any(Number) });
    await handle('held').pause('people say so');
    await engine.ensureSchedule(schedule('held'));
    await engine.ensureSchedule(schedule('held', { overlap: 'ALLOW_ALL' }));
    expect(await engine.schedule('arena-job/held')).toMatchObject({ paused: true });
    expect((await handle('held').describe()).policies.overlap).toBe('ALLOW_ALL');
  });

  test('is refused where its times cannot be read', async () => {
    const bad = schedule('bad', { every: { cron: '61 2 * * *', timezone: 'UTC' } });
    await expect(engine.ensureSchedule(bad)).rejects.toMatchObject({ code: 'invalid_input' });
  });

  test.each([
    ['SKIP', 1],
    ['ALLOW_ALL', 2],
    ['CANCEL_OTHER', 1],
  ] as const)('that is triggered twice under %s leaves %d running, with our memo', async (overlap, count) => {
    const id = `fires-${overlap}`;
    await engine.ensureSchedule(schedule(id, { overlap, every: { everyMs: 3_600_000 } }));
    await engine.triggerSchedule(`arena-job/${id}`);
    const [first] = await running(id, 1);
    // Firings are named by the second.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await engine.triggerSchedule(`arena-job/${id}`);
    if (overlap === 'CANCEL_OTHER') {
      expect(await ended(first ?? '')).toMatchObject({ result: { phase: 'Cancelled' } });
    }
    if (overlap === 'SKIP') {
      await waitFor('the skip', async () => (await handle(id).describe()).info.numActionsSkippedOverlap || undefined);
    }
    const runs = await running(id, count);
    expect(runs.includes(first ?? '')).toBe(overlap !== 'CANCEL_OTHER');
    const { memo } = await run.client.workflow.getHandle(runs[0] ?? '').describe();
    expect(memo?.arena).toMatchObject({ namespace: 'team', name: 'nightly' });
    const recent = (await engine.schedule(`arena-job/${id}`))?.recent.map(({ workflowId }) => workflowId) ?? [];
    expect(recent).toEqual(expect.arrayContaining(runs));
    expect(recent[0]).toMatch(new RegExp(`^${id}/s-20.*Z$`));
    for (const one of runs) await engine.cancel(one);
    await engine.deleteSchedule(`arena-job/${id}`);
    for (const one of runs) await ended(one);
  });
});
