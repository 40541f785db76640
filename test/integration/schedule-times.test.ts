/** Times at which Temporal fires what a cron expression asks for. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import { Cron } from 'croner';
import { TemporalSchedules } from '../../k8s/controller/engine/temporal-schedules.js';
import type { ScheduleRequest } from '../../k8s/controller/ports.js';
import { TemporalServer } from '../helpers/temporal-server.js';

let folder: string;
let server: TemporalServer;
let client: Client;
let schedules: TemporalSchedules;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arena-times-'));
  server = await TemporalServer.start(folder);
  client = new Client({ connection: await Connection.connect({ address: server.address }) });
  schedules = new TemporalSchedules(client, 'q');
}, 120_000);

afterAll(async () => {
  await client?.connection.close();
  await server?.kill();
  await rm(folder, { recursive: true, force: true });
});

let made = 0;

async function schedule(cron: string, timezone: string, overlap: ScheduleRequest['overlap'] = 'SKIP') {
  made += 1;
  const id = `times-${made}`;
  const memo = { arena: { kind: 'ArenaJob' as const, namespace: 'a', name: 'b', uid: 'c' } };
  const action = { workflow: 'arenaJob' as const, id: `w${made}`, args: [], memo, summary: '' };
  await schedules.ensure({ id, every: { cron, timezone }, overlap, paused: true, action });
  return client.schedule.getHandle(id);
}

const minute = (date: Date): string => `${date.toISOString().slice(0, 16)}Z`;

/** Times of a schedule from and to, as Temporal would carry them out. */
async function timesBetween(cron: string, timezone: string, from: string, to: string): Promise<string[]> {
  const { scheduleId } = await schedule(cron, timezone);
  const request = {
    namespace: 'default',
    scheduleId,
    startTime: msToTs(Date.parse(from)),
    endTime: msToTs(Date.parse(to)),
  };
  const { startTime } = await client.workflowService.listScheduleMatchingTimes(request);
  return startTime.map((time) => minute(new Date(tsToMs(time))));
}

describe('a schedule of a job fires when a CronJob would', () => {
  // The right column is what the independent library is asked for, where it does not know the form.
  test.each<[string, string?]>([
    ['* * * * *'],
    ['5 * * * *'],
    ['*/15 * * * *'],
    ['5-20/5 * * * *'],
    ['3/20 * * * *', '3-59/20 * * * *'],
    ['*/7 */5 * * *'],
    ['0 2 * * *'],
    ['0 9,12,17 * * 1-5'],
    ['30 4 1 * *'],
    ['0 0 31 * *'],
    ['0 0 29 2 *'],
    ['0 0 1 jan-mar *'],
    ['0 0 1 */4 *'],
    ['0 0 * * 7'],
    ['0 0 * * 0'],
    ['0 0 * * SUN'],
    ['0 0 * * 5-7'],
    ['0 0 * * sun-tue'],
    ['0 0 * * */3'],
    ['0 0 13 * 5'],
    ['0 0 1,15 * MON'],
    ['0 0 */2 * 1'],
    ['0 0 1-7 * 1'],
    ['0 0 31 2 1'],
    ['0 0 ? * 1'],
    ['@hourly'],
    ['@daily'],
    ['@weekly'],
    ['@monthly'],
    ['@yearly'],
  ])('%s', async (cron, known = cron) => {
    const timezone = 'Asia/Kolkata';
    const { info } = await (await schedule(cron, timezone)).describe();
    const first = info.nextActionTimes[0] ?? new Date();
    const expected = new Cron(known, { mode: '5-part', timezone }).nextRuns(
      info.nextActionTimes.length,
      new Date(first.getTime() - 1000),
    );
    expect(info.nextActionTimes.map(minute)).toEqual(expected.map(minute));
    // The first one is no other either; a minute may have passed between two looks.
    const soon = new Cron(known, { mode: '5-part', timezone }).nextRun(new Date(info.createdAt.getTime() - 1000));
    expect(Math.abs(first.getTime() - (soon?.getTime() ?? 0))).toBeLessThanOrEqual(
      cron.includes('/7') ? 420_000 : 60_000,
    );
  });

  // As Kubernetes does it: a time that the clock leaves out is left out, one that it shows twice comes twice.
  test.each<[string, string, string, string, string[]]>([
    [
      ...(['30 2 * * *', 'America/New_York', '2027-03-13T00:00:00Z', '2027-03-16T00:00:00Z'] as const),
      ['2027-03-13T07:30Z', '2027-03-15T06:30Z'],
    ],
    [
      ...(['30 1 * * *', 'America/New_York', '2027-11-06T00:00:00Z', '2027-11-09T00:00:00Z'] as const),
      ['2027-11-06T05:30Z', '2027-11-07T05:30Z', '2027-11-07T06:30Z', '2027-11-08T06:30Z'],
    ],
    [
      ...(['0 */12 * * *', 'Europe/Berlin', '2027-03-27T12:00:00Z', '2027-03-29T00:00:00Z'] as const),
      ['2027-03-27T23:00Z', '2027-03-28T10:00Z', '2027-03-28T22:00Z'],
    ],
  ])('%s in %s, where clocks are changed', async (cron, timezone, from, to, times) => {
    expect(await timesBetween(cron, timezone, from, to)).toEqual(times);
  });
});

describe('a firing that was missed', () => {
  test.each<[string, ScheduleRequest['overlap'], number]>([
    ['0 2 * * *', 'SKIP', 3600],
    ['* * * * *', 'SKIP', 3600],
    ['0 2 * * *', 'ALLOW_ALL', 3600],
    ['*/5 * * * *', 'ALLOW_ALL', 300],
    ['* * * * *', 'CANCEL_OTHER', 60],
    ['@every 1m', 'SKIP', 60],
  ])('of %s under %s is made up for within %d seconds', async (cron, overlap, wanted) => {
    const { policies } = await (await schedule(cron, 'UTC', overlap)).describe();
    expect(policies.catchupWindow).toBe(wanted * 1000);
  });
});
