import { describe, expect, test } from '@jest/globals';
import { timesOf } from '../../k8s/controller/engine/schedule-times.js';
import { type CronTimes, leastGapMs, NO_CRON, OUT_OF_RANGE, parseCron } from '../../src/schema/cluster/cron.js';

const read = (cron: string): CronTimes => {
  const found = parseCron(cron);
  if (!('times' in found)) throw new Error(JSON.stringify(found));
  return found.times;
};
const from = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, at) => first + at);
const rows = (text: string): string[] => text.trim().split('\n');

describe('a cron expression', () => {
  test.each<[string, Partial<CronTimes>]>([
    ['5 2 * * *', { minutes: [5], hours: [2], days: from(1, 31), months: from(1, 12), weekdays: from(0, 6) }],
    ['05 02 01 03 04', { minutes: [5], hours: [2], days: [1], months: [3], weekdays: [4] }],
    ['*/20 8-18/5 * * *', { minutes: [0, 20, 40], hours: [8, 13, 18] }],
    ['50/4 * * * *', { minutes: [50, 54, 58] }],
    ['*/90 * * * *', { minutes: [0] }],
    ['5,1-3,2 * * * *', { minutes: [1, 2, 3, 5] }],
    ['0 0 ? JAN,mar-May ?', { months: [1, 3, 4, 5], days: from(1, 31), weekdays: from(0, 6) }],
    ['0 0 * * 7', { weekdays: [0] }],
    ['0 0 * * 5-7', { weekdays: [0, 5, 6] }],
    ['0 0 * * sun-Tue', { weekdays: [0, 1, 2] }],
    ['0 0 * * 1/2', { weekdays: [1, 3, 5] }],
    ['@weekly', { minutes: [0], hours: [0], weekdays: [0], eitherDay: false }],
  ])('%s names its times', (cron, times) => {
    expect(read(cron)).toMatchObject(times);
  });

  // A field with a `*`, be it one of a list, sets no limit; `*/2` sets one.
  test.each<[string, boolean]>([
    ['0 0 13 * 5', true],
    ['0 0 1-31 * 1', true],
    ['0 0 */2 * 1', true],
    ['0 0 1 * */2', true],
    ['0 0 13 * *', false],
    ['0 0 * * 5', false],
    ['0 0 */1 * 5', false],
    ['0 0 4,* * 5', false],
    ['0 0 ? * 5', false],
  ])('%s wants one of both days: %s', (cron, eitherDay) => {
    expect(read(cron).eitherDay).toBe(eitherDay);
  });

  test.each<[string, number]>([
    ['@every 90m', 5_400_000],
    ['@every 1h30m', 5_400_000],
    ['@every 1.5h', 5_400_000],
    ['@every 1s', 1000],
  ])('%s is a time of %d ms', (cron, everyMs) => {
    expect(parseCron(cron)).toEqual({ everyMs });
  });

  const formless = rows(`
0 2 * *
0 0 2 * * *
@Daily
@reboot
@every
@every 5
@every 5d
TZ=UTC 0 2 * * *
0 0 L * *
0 0 * * 1#2
0 0 * * 1.5
 0 2 * * *`);
  const outside = rows(`
60 * * * *
0 24 * * *
0 0 0 * *
0 0 32 * *
0 0 * 0 *
0 0 * 13 *
0 0 * * 8
*/0 * * * *
1-2-3 * * * *
1/2/3 * * * *
*-5 * * * *
,1 * * * *
0 0 mon * *
0 0 * mon *
0 0 * * Monday`);
  test.each<[string, string]>([
    ...formless.map((cron): [string, string] => [cron, NO_CRON]),
    ...outside.map((cron): [string, string] => [cron, OUT_OF_RANGE]),
    ['0 0 10-5 * *', 'has a range of days that ends before it begins, "10-5"'],
    ['0 0 * * FRI-MON', 'has a range of weekdays that ends before it begins, "FRI-MON"'],
    ['0 0 31 2 *', 'names times that never come'],
    ['0 0 31 4,6 *', 'names times that never come'],
    ['@every 0.5s', 'names a time of less than a second'],
  ])('%s is refused: %s', (cron, fault) => {
    expect(parseCron(cron)).toEqual({ fault: expect.stringContaining(fault) });
  });

  test.each(['0 0 29 2 *', '0 0 31 2 1', '0 0 31 1,2 *'])('%s comes some day', (cron) => {
    expect(parseCron(cron)).toHaveProperty('times');
  });

  test.each<[string, number]>([
    ['* * * * *', 1],
    ['*/15 * * * *', 15],
    ['0 9,17 * * *', 8 * 60],
    ['0,5 9 * * *', 5],
    ['0 0,23 * * *', 60],
    ['0 2 * * *', 24 * 60],
  ])('%s fires no sooner than after %d minutes', (cron, minutes) => {
    expect(leastGapMs(read(cron))).toBe(minutes * 60_000);
  });
});

describe('the times of a schedule', () => {
  test('are two calendars where either day is enough', () => {
    const times = timesOf({ cron: '30 2 1,15 * mon-wed', timezone: 'Asia/Tokyo' });
    expect(times).toMatchObject({
      timezone: 'Asia/Tokyo',
      calendars: [
        {
          hour: [{ start: 2, end: 2 }],
          dayOfMonth: [{ start: 1, end: 15, step: 14 }],
          comment: '30 2 1,15 * mon-wed',
        },
        { hour: [{ start: 2, end: 2 }], dayOfWeek: [{ start: 'MONDAY', end: 'WEDNESDAY', step: 1 }] },
      ],
    });
    expect(timesOf({ cron: '@every 2h', timezone: 'UTC' })).toEqual({ everyMs: 7_200_000 });
  });

  test('cannot be had of what is no cron', () => {
    expect(() => timesOf({ cron: '61 2 * * *', timezone: 'UTC' })).toThrow('cron "61 2 * * *" must hold values');
  });
});
