import { afterEach, describe, expect, test } from '@jest/globals';
import type { JobResult } from '../../src/core/run.js';
import { LimitedJobs, mostInWindow } from '../helpers/limited-jobs.js';

let jobs: LimitedJobs;

afterEach(() => jobs.stop());

async function limiters(): Promise<string[]> {
  const found: string[] = [];
  for await (const { type, workflowId } of jobs.client.workflow.list()) if (type === 'limiter') found.push(workflowId);
  return found;
}

describe('limits of a key', () => {
  test('hold for two jobs with queues and workers of their own, also when one of these is killed', async () => {
    jobs = await LimitedJobs.start({ latencyMs: { min: 5, max: 100 } }, 1);
    jobs.addWorker('other');
    const provider = { rate_limit: { rps: 10 } };
    const first = await jobs.job('first', 50, provider, { workers: 1 });
    const second = await jobs.job('second', 50, provider, { workers: 1 }, 'other');
    await jobs.called(40);
    jobs.workers[0]?.signal('SIGKILL');
    const results = (await Promise.all([first.result(), second.result()])) as JobResult[];
    expect(results.map(({ phase }) => phase)).toEqual(['Succeeded', 'Succeeded']);
    expect(mostInWindow(jobs.arrivals(), 3000)).toBeLessThanOrEqual(30);
    expect(await limiters()).toEqual([expect.stringMatching(/^arena-limit\/127\.0\.0\.1-\d+-[0-9a-f]{12}$/)]);
  }, 120_000);

  test('cost nothing where there are none', async () => {
    jobs = await LimitedJobs.start({}, 1);
    const run = await jobs.job('free', 5, {}, { workers: 1 });
    await run.result();
    expect(await limiters()).toEqual([]);
  }, 120_000);

  test('hold back all workers when the service has refused one of them', async () => {
    const answers = [{ when: { user: 'first, question 20' }, times: 1, answer: { status: 429, retry_after: 6 } }];
    jobs = await LimitedJobs.start({ latencyMs: 20, script: { answers, default: { text: 'here' } } }, 1);
    jobs.addWorker('other');
    const provider = { rate_limit: { rps: 20 } };
    const first = await jobs.job('first', 40, provider, { workers: 1 });
    const second = await jobs.job('second', 40, provider, { workers: 1 }, 'other');
    const results = (await Promise.all([first.result(), second.result()])) as JobResult[];
    expect(results.map(({ counts }) => counts.passed)).toEqual([40, 40]);
    const refusedAt = jobs.mock.log().find(({ status }) => status === 429)?.t ?? 0;
    // The other process knows at its next ask.
    const during = jobs.arrivals().filter((t) => t > refusedAt + 3000 && t < refusedAt + 6000);
    expect(during).toEqual([]);
  }, 120_000);
});

describe('a service without limits that refuses calls', () => {
  test('is left alone by all conversations at once: each tries its own call again, and all pass', async () => {
    jobs = await LimitedJobs.start({ rateLimitFirst: 36, retryAfterSeconds: 1, latencyMs: 30 }, 1);
    const run = await jobs.job('storm', 60, {}, { concurrency: 30, workers: 1 });
    const { counts } = (await run.result()) as JobResult;
    expect(counts).toMatchObject({ passed: 60, errored: 0 });
    // All that are in flight at once, then half as many each time, a second apart.
    expect(jobs.mock.stats()).toMatchObject({ calls: 96, byStatus: { 200: 60, 429: 36 } });
    const refusals = jobs.mock.log().filter(({ status }) => status === 429);
    const span = (refusals.at(-1)?.t ?? 0) - (refusals[0]?.t ?? 0);
    expect(span).toBeGreaterThan(900);
  }, 120_000);
});
