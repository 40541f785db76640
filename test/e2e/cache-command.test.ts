import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type MockServer, startMockServer } from '../../src/io/mock-server/server.js';
import { arenaBundle } from '../helpers/arena-bundle.js';
import { ArenaUser } from '../helpers/arena-command.js';
import { DurableRun } from '../helpers/durable-run.js';

describe('arena run --cache', () => {
  let user: ArenaUser;
  let server: MockServer;
  beforeEach(async () => {
    user = new ArenaUser();
    server = await startMockServer({ latencyMs: 5 });
    const pricing = { input_cost_per_1k: 1, output_cost_per_1k: 1 };
    const providers = { model: { type: 'openai', model: 'm', base_url: server.url, pricing } };
    user.write(arenaBundle('bundle', { providers, scenarios: { a: ['question a'], b: ['question b'] } }));
  });
  afterEach(async () => {
    await user.remove();
    await server.close();
  });

  test('asks once, and says what the next run saved', async () => {
    const cold = await user.arena(['run', '--cache', 'bundle', '--temperature', '0']);
    expect({ code: cold.code, calls: server.stats().calls }).toEqual({ code: 0, calls: 2 });
    expect(cold.stdout).not.toContain('cache');
    const warm = await user.arena(['run', 'bundle', '--cache-max-age', '1h', '--temperature', '0']);
    expect({ code: warm.code, calls: server.stats().calls }).toEqual({ code: 0, calls: 2 });
    expect(warm.stdout).toMatch(/PASSED .* \$0 {3}2 answers from the cache, \$0\.\d+ saved {3}exit 0/);
    expect(user.summary()).toMatchObject({ calls: 0, costUsd: 0, cached: { calls: 2 } });
  }, 180_000);
});

describe('a run with a cache whose workers die', () => {
  let run: DurableRun;
  afterEach(() => run?.stop(), 30_000);

  test('asks nothing twice, and comes to what it would have come to', async () => {
    const input = { cache: { mode: 'all' as const } };
    run = await DurableRun.start({ workers: 2, latencyMs: 60, scenarios: 15, providers: 4, input });
    await run.underWay(60);
    for (const worker of run.workers) worker.signal('SIGKILL');
    const result = await run.result();
    expect(result.counts).toMatchObject({ passed: 60, failed: 0, errored: 0 });
    // A crash repeats at most the calls in flight.
    expect(run.mock.stats().repeats).toBeLessThanOrEqual(run.options.concurrency);
    const calls = run.mock.stats().calls;
    const again = await run.startRun('job/2');
    expect(await again.result()).toMatchObject({ counts: { passed: 60 } });
    // What a process had on record but not yet in the cache when it was killed is asked for again.
    const asked = run.mock.stats().calls - calls;
    expect(asked).toBeLessThanOrEqual(run.options.concurrency);
    expect(run.evidenceOf('job/2').summary()).toMatchObject({ calls: asked, cached: { calls: 4 * 60 - asked } });
    const texts = (name: string) =>
      run
        .evidenceOf(name)
        .results()
        .map(({ id, messages }) => [id, ...messages.map(({ content }) => content)]);
    expect(texts('job/2')).toEqual(texts('job/1'));
  }, 120_000);
});
