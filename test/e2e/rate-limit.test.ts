import { afterEach, describe, expect, test } from '@jest/globals';
import type { JobResult } from '../../src/core/run.js';
import { startMockServer } from '../../src/io/mock-server/server.js';
import { arenaBundle } from '../helpers/arena-bundle.js';
import { ArenaUser } from '../helpers/arena-command.js';
import { LimitedJobs, mostInWindow } from '../helpers/limited-jobs.js';

let jobs: LimitedJobs | undefined;

afterEach(async () => {
  await jobs?.stop();
  jobs = undefined;
});

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
    await Promise.all([first.cancel(), second.cancel()]);
    const [, { counts }] = (await Promise.all([first.result(), second.result()])) as [JobResult, JobResult];

    const times = jobs.arrivals();
    const begun = times[0] ?? 0;
    const used = (from: number, to: number) => times.filter((t) => t >= from && t < to).length / ((to - from) / 1000);
    expect(mostInWindow(times, 60_000)).toBeLessThanOrEqual(300);
    expect(used(begun, beforeKill)).toBeGreaterThanOrEqual(0.9 * 5);
    // What the dead worker had leased counts as used, and a task of the limiter that it took comes back after a while.
    expect(used(beforeKill, beforeKill + 45_000)).toBeGreaterThanOrEqual(0.5 * 5);
    expect(counts.passed).toBeGreaterThan(60);
  }, 240_000);
});

test('arena run keeps the limits of its providers, records the waiting apart from latency, and ends when all is done', async () => {
  const user = new ArenaUser();
  const server = await startMockServer({ latencyMs: 20 });
  const busy = { type: 'openai', model: 'm', base_url: server.url, rate_limit: { rps: 4 }, stream_max_concurrent: 2 };
  const scenarios = Object.fromEntries(Array.from({ length: 24 }, (_, i) => [`s${i}`, [`question ${i}`]]));
  user.write(arenaBundle('bundle', { providers: { busy }, scenarios }));
  const { code, stderr } = await user.arena(['run', 'bundle', '--concurrency', '12']);
  expect([code, stderr.includes('no effect')]).toEqual([0, false]);
  const times = server.log().map(({ t }) => t);
  expect(times).toHaveLength(24);
  expect(mostInWindow(times, 3000)).toBeLessThanOrEqual(12);
  const waits = user.results().map(({ timing }) => timing.waitMs);
  expect(Math.max(...waits)).toBeGreaterThan(1500);
  for (const { timing } of user.results()) expect(timing.callMs).toBeLessThan(1000);
  await user.nothingRuns();
  await server.close();
  await user.remove();
}, 120_000);
