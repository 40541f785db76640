import { afterEach, describe, expect, test } from '@jest/globals';
import { HeldRun, type HeldRunOptions, RIGHT_KEY } from '../helpers/held-run.js';
import { recordHistory } from '../helpers/record-history.js';

describe('a run in which one provider is down', () => {
  let run: HeldRun;
  afterEach(() => run?.stop(), 30_000);

  test('although its worker is killed meanwhile: nothing is lost and nothing asked twice', async () => {
    run = await HeldRun.start({ scenarios: 20, key: 'wrong', workers: 2 });
    await run.progressIs('all that wait', ({ held }) => held[0]?.items === 20);
    for (const worker of run.durable.workers) worker.signal('SIGKILL');
    run.setKey(RIGHT_KEY);
    const result = await run.durable.result();
    expect(result).toMatchObject({ phase: 'Succeeded', counts: { passed: 40, errored: 0 } });
    expect(run.sick.stats().byStatus[200]).toBe(40);
    expect((await run.durable.evidence.recordedCalls()).twice).toEqual([]);
  }, 120_000);

  test('that judges: what the others said is kept, and judged when it is back', async () => {
    run = await HeldRun.start({ scenarios: 10, key: 'wrong', judge: true });
    await run.progressIs('all that wait', ({ held }) => held[0]?.items === 10);
    const said = run.durable.mock.stats().calls;
    expect(said).toBeGreaterThanOrEqual(20);
    run.setKey(RIGHT_KEY);
    const result = await run.durable.result();
    expect(result).toMatchObject({ phase: 'Succeeded', counts: { passed: 10, errored: 0 } });
    expect(run.durable.mock.stats().calls).toBe(said);
    expect(run.sick.stats().byStatus[200]).toBe(10);
  }, 120_000);

  test('while the workflow continues as new: who waits goes on waiting', async () => {
    const options: HeldRunOptions = { scenarios: 60, key: 'wrong', input: { workers: 12, historyLimit: 100 } };
    run = await HeldRun.start(options);
    const first = (await run.durable.handle.describe()).runId;
    await run.progressIs('all that wait', ({ held, shards }) => held[0]?.items === 60 && shards.toDo === 0);
    const now = (await run.durable.client.workflow.getHandle('job/1').describe()).runId;
    expect(now).not.toBe(first);
    run.setKey(RIGHT_KEY);
    const result = await run.durable.result();
    await recordHistory('held-continuing', run.durable.client.workflow.getHandle('job/1', now));
    expect(result.counts).toMatchObject({ total: 120, passed: 120 });
    expect(run.sick.stats().byStatus[200]).toBe(120);
  }, 180_000);

  // shows JobInput.hold
  test('without anybody who waits: hundreds of conversations end at once after few calls', async () => {
    run = await HeldRun.start({ scenarios: 400, key: 'wrong', concurrency: 50, latencyMs: 5, input: { hold: '0s' } });
    const result = await run.durable.result();
    expect(result.counts).toMatchObject({ total: 800, passed: 400, errored: 400 });
    expect(run.sick.stats().calls).toBeLessThanOrEqual(50);
    const errors = run.durable.evidence.results().flatMap(({ error }) => error ?? []);
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['unauthorized']));
    expect(errors.filter(({ message }) => message.startsWith('not asked: ')).length).toBeGreaterThanOrEqual(350);
  }, 240_000);
});
