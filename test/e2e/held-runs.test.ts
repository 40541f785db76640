import { afterEach, describe, expect, test } from '@jest/globals';
import { HeldRun, type HeldRunOptions, RIGHT_KEY } from '../helpers/held-run.js';
import { recordHistory } from '../helpers/record-history.js';
import { CANARY_KEY } from '../helpers/worker-process.js';

describe('a run in which one provider is down', () => {
  let run: HeldRun;
  afterEach(() => run?.stop(), 30_000);

  const allOfWell = (items: number) => (progress: { providers: { provider: string; passed: number }[] }) =>
    progress.providers.some(({ provider, passed }) => provider === 'well' && passed === items);

  test('because its key is wrong: the others end, it says what to do, and goes on when the key is right', async () => {
    run = await HeldRun.start({ scenarios: 12, key: 'wrong-key-1199' });
    const progress = await run.progressIs('the others', (now) => allOfWell(12)(now) && now.held[0]?.items === 12);
    expect(progress.held).toEqual([
      {
        ...{ provider: 'sick', items: 12, code: 'unauthorized', hint: expect.stringContaining('credential_file') },
        ...{ since: expect.any(Number), until: expect.any(Number), message: expect.stringContaining('401') },
        tryAgainAt: expect.any(Number),
      },
    ]);
    expect(progress).toMatchObject({ waitingForRetry: 0, counts: { passed: 12, failed: 0, errored: 0 } });
    const meta = (await run.durable.handle.query('__temporal_workflow_metadata')) as { currentDetails?: string };
    expect(meta.currentDetails).toMatch(/\*\*Held: sick\*\* is down since .*HTTP 401.*\*\*To do:\*\* .*credential/);
    expect(meta.currentDetails).toContain('12 conversations wait. It is asked again at');
    // Four in flight when it was found out, and probes.
    const refused = run.sick.stats().byStatus[401] ?? 0;
    expect(refused).toBeLessThanOrEqual(4 + 3);
    expect(run.sick.stats().byStatus[200]).toBeUndefined();

    run.setKey(RIGHT_KEY);
    expect(await run.durable.handle.executeUpdate('tryHeld')).toBe(1);
    const result = await run.durable.result();
    await recordHistory('held', run.durable.handle);
    expect(result).toMatchObject({ phase: 'Succeeded', counts: { total: 24, passed: 24, errored: 0 } });
    expect(run.sick.stats().byStatus[200]).toBe(24);
    const { evidence } = run.durable;
    expect((await evidence.recordedCalls()).twice).toEqual([]);
    const [held] = evidence.summary().held ?? [];
    expect(held).toMatchObject({ provider: 'sick' });
    const records = evidence.results().filter(({ provider }) => provider === 'sick');
    for (const { attempt, timing, messages } of records) {
      expect(attempt).toBe(1);
      // Waiting is told, and is no part of what calls took.
      expect(timing.waitMs).toBeGreaterThan(500);
      expect(timing.callMs).toBeLessThan(timing.waitMs);
      for (const { latencyMs = 0 } of messages) expect(latencyMs).toBeLessThan(timing.waitMs);
    }
    const text = JSON.stringify([await run.durable.handle.fetchHistory(), progress, records]);
    expect(text).not.toMatch(new RegExp(`${RIGHT_KEY}|wrong-key-1199|${CANARY_KEY}`));
  }, 120_000);

  test('for longer than it is waited for: its conversations end with the reason, after few calls', async () => {
    run = await HeldRun.start({ scenarios: 12, key: 'wrong', input: { hold: '2s' } });
    const result = await run.durable.result();
    expect(result).toMatchObject({
      ...{ phase: 'Failed', reason: 'ProviderErrors', exitCode: 7 },
      counts: { total: 24, passed: 12, errored: 12 },
    });
    const errors = run.durable.evidence.results().flatMap(({ error }) => error ?? []);
    expect(errors).toHaveLength(12);
    for (const error of errors) {
      expect(error).toMatchObject({ code: 'unauthorized', hint: expect.stringContaining('credential_file') });
      expect(error.message).toMatch(/^down for \d\S*s: HTTP 401/);
    }
    expect(run.sick.stats().calls).toBeLessThanOrEqual(4 + 2);
  }, 120_000);

  test('ends at once with what it has when it is cancelled, and the conversations that waited count as not run', async () => {
    run = await HeldRun.start({ scenarios: 6, key: 'wrong' });
    await run.progressIs('the others', (now) => allOfWell(6)(now) && now.held[0]?.items === 6);
    const before = Date.now();
    await run.durable.handle.cancel();
    const result = await run.durable.result();
    expect(Date.now() - before).toBeLessThan(20_000);
    expect(result).toMatchObject({ phase: 'Cancelled', counts: { total: 12, passed: 6, failed: 0, errored: 0 } });
    expect(run.durable.evidence.results()).toHaveLength(6);
  }, 120_000);

  test('because its server is away for a while: nothing that was answered is asked again', async () => {
    const options: HeldRunOptions = { scenarios: 12, concurrency: 6, latencyMs: 200 };
    run = await HeldRun.start(options);
    await run.progressIs('the first half', () => (run.sick.stats().byStatus[200] ?? 0) >= 4);
    await run.goAway();
    const before = run.sick.stats().byStatus[200] ?? 0;
    await run.progressIs('the others', (now) => allOfWell(12)(now) && (now.held[0]?.items ?? 0) > 6);
    await run.comeBack(options);
    const result = await run.durable.result();
    expect(result).toMatchObject({ phase: 'Succeeded', counts: { passed: 24, errored: 0 } });
    expect((await run.durable.evidence.recordedCalls()).twice).toEqual([]);
    // Those that were in the air when it went away were answered to nobody.
    expect(before + (run.sick.stats().byStatus[200] ?? 0)).toBe(24);
    for (const { attempt } of run.durable.evidence.results()) expect(attempt).toBe(1);
  }, 120_000);
});
