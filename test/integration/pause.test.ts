import { afterEach, describe, expect, test } from '@jest/globals';
import type { Control } from '../../src/core/control.js';
import { DurableRun } from '../helpers/durable-run.js';
import { waitFor } from '../helpers/wait-for.js';

/** Each conversation has three turns, the first of them with a tool call. */
const CALLS_EACH = 4;

describe('steering a run that is under way', () => {
  let run: DurableRun | undefined;

  afterEach(async () => run?.stop());

  const quiet = (): Promise<number> => {
    let last = -1;
    return waitFor('no more calls', async () => {
      const { shards, paused } = (await run?.progress()) ?? {};
      const calls = run?.mock.stats().calls ?? 0;
      const isQuiet = paused === true && shards?.inFlight === 0 && calls === last;
      last = calls;
      return isQuiet ? calls : undefined;
    });
  };

  test('a pause lets calls in flight end, keeps what is there, and nothing is asked twice when it goes on', async () => {
    run = await DurableRun.start({ workers: 1, concurrency: 20 });
    await run.underWay();
    await run.handle.executeUpdate('pause');
    const calls = await quiet();
    const before = (await run.progress()).counts;
    expect(before.passed).toBeLessThan(run.items);
    // A worker that comes while the run is paused begins nothing either.
    await run.addWorker();
    expect(await quiet()).toBe(calls);
    await run.handle.executeUpdate('resume');
    const result = await run.result();
    expect(result.counts).toMatchObject({ total: run.items, passed: run.items, failed: 0, errored: 0 });
    expect(run.mock.stats().calls).toBe(run.items * CALLS_EACH);
  });

  test('a paused run can be cancelled, with what it has', async () => {
    run = await DurableRun.start({ workers: 1, concurrency: 20 });
    await run.underWay();
    await run.handle.executeUpdate('pause');
    await quiet();
    const { counts } = await run.progress();
    await run.handle.cancel();
    const result = await run.result();
    expect(result.phase).toBe('Cancelled');
    expect(result.counts.passed).toBe(counts.passed);
  });

  test('more workers get more shards, and a number that is none is refused', async () => {
    run = await DurableRun.start({ workers: 1, concurrency: 20, input: { workers: 1 } });
    await run.underWay(40);
    expect((await run.progress()).shards.inFlight).toBe(3);
    await expect(run.handle.executeUpdate('setWorkers', { args: [0] })).rejects.toThrow();
    await run.addWorker();
    await run.handle.executeUpdate('setWorkers', { args: [2] });
    expect((await run.progress()).shards.inFlight).toBe(6);
    const { limit, grants } = await run.handle.query<Control>('control');
    expect(limit).toBe(20);
    expect(Object.values(grants).reduce((sum, grant) => sum + grant, 0)).toBeLessThanOrEqual(20);
    await run.handle.cancel();
    await run.result();
  });
});
