import { describe, expect, test } from '@jest/globals';
import { endOf, peakOf, targetAt } from '../../../src/core/load/course.js';
import { type CourseSettings, settleCourse } from '../../../src/core/load/settle-course.js';

const settle = (settings: Partial<CourseSettings>) => settleCourse({ workers: 2, ...settings });

describe('the settings of a load test', () => {
  test.each<[string, Partial<CourseSettings>, { model: string; end: number; points: [number, number][] }]>([
    [
      'a rate alone has 30 s of ramp in 5 minutes',
      { targetRPS: 100 },
      {
        model: 'open',
        end: 300_000,
        points: [
          [15_000, 50],
          [30_000, 100],
          [299_999, 100],
        ],
      },
    ],
    [
      'a short test ramps no longer than it lasts',
      { targetRPS: 10, durationMs: 20_000 },
      { model: 'open', end: 20_000, points: [[10_000, 5]] },
    ],
    [
      'both ramps lie within the duration',
      { targetRPS: 100, durationMs: 60_000, rampUpMs: 10_000, rampDownMs: 20_000 },
      {
        model: 'open',
        end: 60_000,
        points: [
          [5_000, 50],
          [39_999, 100],
          [50_000, 50],
        ],
      },
    ],
    [
      'users are there at once',
      { concurrency: 40, durationMs: 60_000 },
      {
        model: 'closed',
        end: 60_000,
        points: [
          [0, 40],
          [59_999, 40],
        ],
      },
    ],
    [
      'users of each worker add up',
      { vusPerWorker: 5, durationMs: 10_000, rampUpMs: 5_000 },
      {
        model: 'closed',
        end: 10_000,
        points: [
          [2_500, 5],
          [6_000, 10],
        ],
      },
    ],
    [
      'stages say all of it',
      {
        stages: [
          { durationMs: 1_000, target: 10 },
          { durationMs: 2_000, target: 10 },
        ],
        model: 'closed',
      },
      {
        model: 'closed',
        end: 3_000,
        points: [
          [500, 5],
          [2_000, 10],
        ],
      },
    ],
  ])('%s', (_name, settings, { model, end, points }) => {
    const settled = settle(settings);
    if ('faults' in settled) throw new Error(JSON.stringify(settled.faults));
    expect([settled.model, endOf(settled.course), settled.endsWithTrials]).toEqual([model, end, false]);
    for (const [ms, target] of points) expect(targetAt(settled.course, ms)).toBeCloseTo(target, 2);
  });

  test('without a duration users go on until the trials are done', () => {
    const settled = settle({ concurrency: 7 });
    expect(settled).toMatchObject({ model: 'closed', endsWithTrials: true });
    if ('course' in settled) expect(peakOf(settled.course)).toBe(7);
  });

  test.each<[Partial<CourseSettings>, string[]]>([
    [{}, ['']],
    [{ targetRPS: 5, concurrency: 5 }, ['concurrency']],
    [{ targetRPS: 5, vusPerWorker: 5 }, ['vusPerWorker']],
    [{ targetRPS: 5, model: 'open' }, ['model']],
    [{ targetRPS: 5, durationMs: 0 }, ['duration']],
    [{ targetRPS: 5, durationMs: 10_000, rampUpMs: 6_000, rampDownMs: 5_000 }, ['duration']],
    [{ concurrency: 5, rampDownMs: 5_000 }, ['ramp.down']],
    [{ stages: [{ durationMs: 0, target: 0 }] }, ['stages', 'stages']],
    [
      { stages: [{ durationMs: 1, target: 1 }], targetRPS: 1, rampUpMs: 1, rampDownMs: 1, durationMs: 9 },
      ['targetRPS', 'rampUp', 'ramp.down', 'duration'],
    ],
  ])('%j is refused at %j', (settings, fields) => {
    const settled = settle(settings);
    expect('faults' in settled ? settled.faults.map(({ field }) => field) : []).toEqual(fields);
  });
});
