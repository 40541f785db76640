import { describe, expect, test } from '@jest/globals';
import type { ConversationRecord } from '../../src/core/conversation.js';
import type { Completion } from '../../src/core/provider.js';
import { Summarizer } from '../../src/core/summarize.js';
import { rowOf } from '../../src/io/runs/commit.js';
import { conversationRecordSchema } from '../../src/schema/result.js';
import { hold } from '../helpers/engine-bundle.js';
import { bundleWithJudges } from '../helpers/judges.js';

const usage = { inputTokens: 10, outputTokens: 4 };
const place = { segment: 0, offset: 0, length: 0 };

/** A conversation of two turns with a judge; `isCached` says which calls the cache answers, by their number. */
function held(isCached: (call: number) => boolean, costUsd: number | 'unknown' = 0.01, checks: object[] = []) {
  let calls = 0;
  const bundle = bundleWithJudges({
    scenario: {
      turns: [
        { role: 'user', content: 'One' },
        { role: 'user', content: 'Two' },
      ],
      conversation_assertions: [{ type: 'llm_judge_session', params: { criteria: 'Fine.', judge: 'mild' } }, ...checks],
    },
  });
  const complete = (_: unknown, provider: string): Completion => {
    calls += 1;
    const content = provider === 'model' ? `Answer ${calls}.` : JSON.stringify({ score: 1, reasoning: 'so' });
    const answer: Completion = { content, latencyMs: 100 * calls, ttftMs: 5, usage };
    if (costUsd !== 'unknown') answer.costUsd = costUsd;
    return isCached(calls) ? { ...answer, cached: true } : answer;
  };
  return hold(bundle, { complete });
}

const figures = ({ calls, usage: used, costUsd, judging, cached }: ConversationRecord) => ({
  calls,
  usage: used,
  costUsd,
  judging,
  cached,
});

describe('answers from the cache', () => {
  test('are marked, cost nothing, and tell what they cost once', async () => {
    const record = await held((call) => call === 2);
    expect(record.messages.filter(({ role }) => role === 'assistant')).toMatchObject([
      { costUsd: 0.01, latencyMs: 100 },
      { costUsd: 0, savedUsd: 0.01, cached: true, latencyMs: 200, ttftMs: 5, usage },
    ]);
    expect(figures(record)).toEqual({
      calls: 2,
      usage: { inputTokens: 20, outputTokens: 8 },
      costUsd: 0.02,
      judging: { calls: 1, usage, costUsd: 0.01 },
      cached: { calls: 1, usage, savedUsd: 0.01 },
    });
    expect(conversationRecordSchema.strict().safeParse(JSON.parse(JSON.stringify(record))).error).toBeUndefined();
  });

  test('stand in no other sum when all of them are', async () => {
    const record = await held(() => true);
    expect(figures(record)).toEqual({
      calls: 0,
      usage: {},
      costUsd: 0,
      judging: undefined,
      cached: { calls: 3, usage: { inputTokens: 30, outputTokens: 12 }, savedUsd: 0.03 },
    });
  });

  test('leave a record as it is where there are none', async () => {
    const record = await held(() => false);
    expect(JSON.stringify(record)).not.toContain('cached');
    expect(figures(record)).toMatchObject({ calls: 3, costUsd: 0.03, cached: undefined });
  });

  test('save nobody knows how much where their cost is unknown', async () => {
    const record = await held(() => true, 'unknown');
    expect(record.cached).toEqual({ calls: 3, usage: { inputTokens: 30, outputTokens: 12 }, savedUsd: undefined });
    expect(record.costUsd).toBe(0);
    expect(record.messages.at(-1)).toMatchObject({ costUsd: 0, savedUsd: undefined, cached: true });
  });

  test.each([
    [{ type: 'cost_budget', params: { max_cost_usd: 0.015 } }],
    [{ type: 'cost_budget', params: { max_total_tokens: 20 } }],
    [{ type: 'cost_budget', params: { max_cost_usd: 0.03 } }],
    [{ type: 'latency_budget', params: { max_ms: 150 } }],
    [{ type: 'latency_budget', params: { max_ms: 250 } }],
  ])('change no verdict: %j', async (check) => {
    const outcome = async (isCached: boolean) =>
      (await held(() => isCached, 0.01, [check])).assertions.map(({ type, passed, explanation }) => [
        type,
        passed,
        explanation,
      ]);
    expect(await outcome(true)).toEqual(await outcome(false));
  });

  test('are summed beside the rest, and their times are in no percentile', async () => {
    const records = await Promise.all([held(() => false), held((call) => call > 1), held(() => true)]);
    const summarizer = new Summarizer();
    const item = { index: 0, id: 'talk/model', scenario: 'talk', provider: 'model', region: 'default', trial: 1 };
    for (const record of records) summarizer.add(item, rowOf(record, place), false);
    const { total, providers } = summarizer.tables();
    expect(summarizer.calls).toBe(4);
    expect(total.costUsd).toBeCloseTo(0.04);
    expect(total.usage).toEqual({ inputTokens: 40, outputTokens: 16 });
    expect(total.cached).toMatchObject({ calls: 5, usage: { inputTokens: 50, outputTokens: 20 } });
    expect(total.cached?.savedUsd).toBeCloseTo(0.05);
    expect(total.latency).toMatchObject({ count: 3, maxMs: 200 });
    expect(providers).toMatchObject([{ key: 'model', cached: { calls: 5 } }]);
    const unknown = await held(() => true, 'unknown');
    summarizer.add(item, rowOf(unknown, place), false);
    expect(summarizer.tables().total.cached).toEqual({ calls: 8, usage: { inputTokens: 80, outputTokens: 32 } });
  });
});
