import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { stringify } from 'yaml';
import type { JobResult, Progress } from '../../src/core/run.js';
import { DurableRun } from '../helpers/durable-run.js';
import { waitFor } from '../helpers/wait-for.js';

/** A bundle of evals in real time, each with answers at these seconds that a model judges. */
function writeEvals(folder: string, judgeUrl: string, evals: { [name: string]: number[] }): string {
  mkdirSync(folder, { recursive: true });
  const document = (kind: string, name: string, spec: object) => stringify({ kind, metadata: { name }, spec });
  const judged = { type: 'llm_judge', params: { criteria: 'Is it an answer?', judge: 'strict' } };
  const strict = { type: 'openai', model: 'grader', id: 'models' };
  const specs = Object.entries(evals).map(([name, seconds]) => {
    const messages = seconds.map((second) => ({
      role: 'assistant',
      content: `answer ${second}`,
      at: 1_700_000_000 + second,
    }));
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(messages));
    const recording = { path: `${name}.json` };
    const turns = [{ all_turns: { assertions: [judged] } }];
    return [name, { recording, mode: 'realtime', turns, judge_targets: { strict } }];
  });
  const arena = document('Arena', 'timed', {
    eval_specs: Object.fromEntries(specs),
    provider_specs: { models: { type: 'openai', model: 'other', base_url: judgeUrl } },
  });
  writeFileSync(join(folder, 'config.arena.yaml'), arena);
  return folder;
}

const VERDICT = { when: { model: 'grader' }, answer: { text: '{"passed": true, "score": 1, "reasoning": "it is"}' } };

describe('recordings that are judged in their own time', () => {
  let run: DurableRun;
  beforeAll(async () => {
    run = await DurableRun.start({ workers: 1, scenarios: 1, providers: 1, latencyMs: 1, answers: [VERDICT] });
  }, 120_000);
  afterAll(() => run?.stop(), 30_000);

  const start = (name: string, evals: { [name: string]: number[] }): Promise<WorkflowHandle> =>
    run.startRun(name, {
      bundle: { path: writeEvals(join(run.dataDir, name.replace('/', '-')), run.mock.url, evals) },
      timeouts: { item: '3s' },
      maxRetries: 0,
    });

  test('wait behind a durable timer, which counts neither as a try nor against their time limit', async () => {
    const handle = await start('waits/1', { long: [0, 7], short: [0, 1, 4] });
    await waitFor('both to wait behind the timer', async () => {
      const { waitingForRetry, shards } = await handle.query<Progress>('progress');
      return waitingForRetry > 0 && shards.inFlight === 0 ? true : undefined;
    });
    const result = (await handle.result()) as JobResult;
    expect(result.counts).toMatchObject({ total: 2, passed: 2 });
    const [long, short] = run.evidenceOf('waits/1').results();
    expect(long?.timing.durationMs).toBeGreaterThanOrEqual(7000);
    expect(short?.timing.durationMs).toBeGreaterThanOrEqual(4000);
    expect([long, short].map((record) => [record?.attempt, record?.assertions.length])).toEqual([
      [1, 2],
      [1, 3],
    ]);
    const { events } = await handle.fetchHistory();
    expect(events?.filter((event) => event.timerStartedEventAttributes).length).toBeGreaterThan(0);
  }, 120_000);

  test('keep to the time at which they began when their worker dies', async () => {
    const startedAfter = Date.now();
    const callsBefore = run.mock.stats().calls;
    const handle = await start('dies/1', { dies: [0, 2, 17] });
    await waitFor('the clock to stand on record', async () =>
      (await run.evidenceOf('dies/1').recordedCalls()).total > 0 ? true : undefined,
    );
    const startedBefore = Date.now();
    run.workers[0]?.signal('SIGKILL');
    const result = (await handle.result()) as JobResult;
    expect(result.counts).toMatchObject({ total: 1, passed: 1 });
    const [record] = run.evidenceOf('dies/1').results();
    expect(record?.timing.startedAt).toBeGreaterThanOrEqual(startedAfter);
    expect(record?.timing.startedAt).toBeLessThanOrEqual(startedBefore);
    expect(record?.timing.durationMs).toBeGreaterThanOrEqual(17_000);
    expect(record?.attempt).toBe(1);
    expect(record?.assertions.map(({ passed }) => passed)).toEqual([true, true, true]);
    // The judges' answers stood on record: at most the one in the air was asked for again.
    expect(record?.judging?.calls).toBe(3);
    expect(run.mock.stats().calls - callsBefore).toBeLessThanOrEqual(4);
  }, 120_000);
});
