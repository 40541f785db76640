import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import type { ConversationRecord } from '../../src/core/conversation.js';
import type { JobResult } from '../../src/core/run.js';
import type { JobInput } from '../../src/schema/job.js';
import { DurableRun } from '../helpers/durable-run.js';

const VERDICT = JSON.stringify({ score: 1, reasoning: 'It helps.' });
const ANSWERS = [
  { when: { model: 'm-j' }, answer: { text: VERDICT } },
  { when: { system: 'You are Ada' }, answer: { text: 'And what does it cost?' } },
  { when: { turn: 1, after_tool: false }, answer: { tool_calls: [{ name: 'look_up', arguments: { key: 'k' } }] } },
  { when: { model: 'm-2' }, answer: { text: 'It costs little.' } },
  { answer: { text: 'It costs nothing.' } },
];

/** Calls of one conversation: two turns, a tool round in the first, a persona that speaks the second, one judge. */
const CALLS = 5;

function writeBundle(folder: string, mockUrl: string): void {
  mkdirSync(folder, { recursive: true });
  const pricing = { input_cost_per_1k: 1, output_cost_per_1k: 1 };
  const provider = (model: string) => ({ type: 'openai', model, base_url: mockUrl, pricing });
  const spec = {
    prompt_specs: { main: { task_type: 'main', system_template: 'You help.', allowed_tools: ['look_up'] } },
    provider_specs: { one: provider('m-1'), two: provider('m-2') },
    providers: [{ file: 'judge.yaml', group: 'judge' }],
    judges: [{ name: 'strict', provider: 'judge' }],
    self_play: { personas: [{ file: 'ada.yaml' }], roles: [{ id: 'ada', provider: 'one' }] },
    tool_specs: {
      look_up: { description: 'd', input_schema: { type: 'object' }, mode: 'mock', mock_result: { found: true } },
    },
    scenario_specs: {
      talk: {
        task_type: 'main',
        turns: [
          { role: 'user', content: 'What is it?' },
          { role: 'ada', persona: 'ada' },
        ],
        conversation_assertions: [
          { type: 'llm_judge_session', params: { criteria: 'It helps.' } },
          { type: 'cost_budget', params: { max_cost_usd: 10 } },
        ],
      },
    },
    defaults: { temperature: 0, output: { dir: 'out', formats: ['json', 'csv', 'markdown', 'html', 'junit'] } },
  };
  const write = (name: string, kind: string, id: string, body: object) =>
    writeFileSync(join(folder, name), stringify({ kind, metadata: { name: id }, spec: body }));
  write('config.arena.yaml', 'Arena', 'shop', spec);
  write('judge.yaml', 'Provider', 'judge', { ...provider('m-j'), defaults: { temperature: 0 } });
  write('ada.yaml', 'Persona', 'ada', { system_prompt: 'You are Ada.', defaults: { temperature: 0 } });
}

describe('runs with a cache', () => {
  let run: DurableRun;
  let number = 0;

  beforeAll(async () => {
    run = await DurableRun.start({ workers: 1, latencyMs: 20, answers: ANSWERS, writeBundle, input: { trials: 2 } });
    await run.result();
  }, 120_000);
  afterAll(() => run?.stop(), 30_000);

  /** Runs the bundle once more; `calls` are those that its models have seen. */
  async function again(input: Partial<JobInput>) {
    const before = run.mock.stats().calls;
    number += 1;
    const name = `job-${number}/1`;
    const handle = await run.startRun(name, { trials: 1, ...input });
    const result = (await handle.result()) as JobResult;
    const evidence = run.evidenceOf(name);
    return { calls: run.mock.stats().calls - before, result, records: evidence.results(), summary: evidence.summary() };
  }

  const verdicts = (records: readonly ConversationRecord[]) =>
    records.map(({ id, verdict, messages, assertions }) => [
      id,
      verdict,
      messages.map(({ role, content, usage, toolCalls }) => [role, content, usage, toolCalls?.length]),
      assertions.map(({ type, passed, score }) => [type, passed, score]),
    ]);

  // shows JobInput.cache.mode
  test('ask once, and then take every answer from there: of assistants, personas and judges', async () => {
    const plain = await again({});
    expect(plain).toMatchObject({ calls: 2 * CALLS, result: { counts: { passed: 2 } } });
    expect(JSON.stringify([plain.records, plain.summary])).not.toContain('"cached"');

    const first = await again({ cache: {} });
    expect(first).toMatchObject({ calls: 2 * CALLS, summary: { calls: 2 * CALLS } });
    expect(first.summary.cached).toBeUndefined();

    const second = await again({ cache: {} });
    expect(second).toMatchObject({ calls: 0, result: { costUsd: 0, cached: { calls: 2 * CALLS } } });
    expect(second.summary).toMatchObject({ calls: 0, costUsd: 0, usage: {}, latency: { count: 0 } });
    expect(second.summary.cached?.savedUsd).toBeCloseTo(first.summary.costUsd ?? 0);
    expect(second.summary.cached?.usage).toEqual(first.summary.usage);
    expect(verdicts(second.records)).toEqual(verdicts(first.records));
    expect(verdicts(second.records)).toEqual(verdicts(plain.records));
    for (const { calls, cached, judging, timing, costUsd, messages } of second.records) {
      expect({ calls, judging, costUsd, callMs: timing.callMs }).toEqual({ calls: 0, costUsd: 0, callMs: 0 });
      expect(cached?.calls).toBe(CALLS);
      const spoken = messages.filter(({ role, persona }) => role === 'assistant' || persona !== undefined);
      expect(spoken).toHaveLength(CALLS - 1);
      for (const message of spoken) expect(message).toMatchObject({ cached: true, costUsd: 0 });
    }
    const folder = join(run.dataDir, 'store', 'runs', `job-${number}`, '1', 'report');
    const report = (name: string) => readFileSync(join(folder, name), 'utf8');
    const [head = '', row = ''] = report('results.csv').split('\n');
    expect(row.split(',')[head.split(',').indexOf('cachedCalls')]).toBe(String(CALLS));
    expect(report('report.md')).toMatch(/\| Cache \| 10 answers from the cache, \$\d/);
    expect(report('report.html')).toContain('10 answers from the cache');
    expect(report('junit.xml')).toContain('<property name="cached.calls" value="5"/>');
  }, 120_000);

  // shows JobInput.cache.maxAge
  test.each<[string, Partial<JobInput>, number]>([
    ['the same again', { cache: {} }, 0],
    ['a new trial', { cache: {}, trials: 2 }, 2 * CALLS],
    ['and both trials then', { cache: {}, trials: 2 }, 0],
    ['another seed, which is the assistants’ own', { cache: {}, parameters: { seed: 7 } }, 2 * 3],
    ['another temperature, which nobody keeps', { cache: {}, parameters: { temperature: 0.5 } }, 2 * 3],
    ['that once more', { cache: {}, parameters: { temperature: 0.5 } }, 2 * 3],
    ['all temperatures', { cache: { mode: 'all' }, parameters: { temperature: 0.5 } }, 2 * 3],
    ['and those then', { cache: { mode: 'all' }, parameters: { temperature: 0.5 } }, 0],
    ['answers that are too old', { cache: { maxAge: '1ms' } }, 2 * CALLS],
    ['answers that are not', { cache: { maxAge: '1h' } }, 0],
    ['no cache', {}, 2 * CALLS],
  ])('ask for what they do not have: %s', async (_, input, calls) => {
    const outcome = await again(input);
    expect(outcome.result.counts).toMatchObject({ failed: 0, errored: 0 });
    expect(outcome.calls).toBe(calls);
  });

  test('ask for what is damaged, and say where it lies', async () => {
    const folder = join(run.dataDir, 'store', 'cache');
    const files = readdirSync(folder);
    for (const file of files) writeFileSync(join(folder, file), readFileSync(join(folder, file)).subarray(0, -1));
    expect((await again({ cache: {} })).calls).toBe(2 * CALLS);
    expect((await again({ cache: {} })).calls).toBe(0);
    const log = readFileSync(join(run.dataDir, 'workers.log'), 'utf8');
    expect(log.match(/an entry of the cache is damaged/g)).toHaveLength(2 * CALLS);
    expect(log).toContain(folder);
  });
});
