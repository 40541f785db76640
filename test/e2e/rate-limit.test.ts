import { afterEach, describe, expect, test } from '@jest/globals';
import type { Progress } from '../../src/core/run.js';
import { LimitedJobs, mostInWindow } from '../helpers/limited-jobs.js';

let jobs: LimitedJobs;

afterEach(() => jobs.stop());

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('300 requests a minute, for two jobs on two workers that share a key', () => {
  test('are never exceeded in any minute, and used to nine tenths, also when a worker is killed', async () => {
    jobs = await LimitedJobs.start({ latencyMs: { min: 20, max: 300 } });
    const provider = { rate_limit: { requests_per_minute: 300 } };
    const first = await jobs.job('first', 700, provider);
    await pause(40_000);
    const second = await jobs.job('second', 400, provider);
    await pause(45_000);
    const beforeKill = Date.now();
    jobs.workers[0]?.signal('SIGKILL');
    await pause(50_000);
    const { counts } = await second.query<Progress>('progress');
    await Promise.all([first.cancel(), second.cancel()]);
    await Promise.all([first.result(), second.result()]);

    const times = jobs.arrivals();
    const begun = times[0] ?? 0;
    const used = (from: number, to: number) => times.filter((t) => t >= from && t < to).length / ((to - from) / 1000);
    expect(mostInWindow(times, 60_000)).toBeLessThanOrEqual(300);
    expect(used(begun, beforeKill)).toBeGreaterThanOrEqual(0.9 * 5);
    expect(used(beforeKill, beforeKill + 45_000)).toBeGreaterThanOrEqual(0.8 * 5);
    expect(counts.passed).toBeGreaterThan(60);
  }, 240_000);
});
