import { describe, expect, test } from '@jest/globals';
import type { ConversationRecord } from '../../src/core/conversation.js';
import type { RunSummary } from '../../src/core/run.js';
import { linearScale, logScale, scaleFor } from '../../src/report/html/charts/scale.js';
import type { RowView } from '../../src/report/html/row-view.js';
import { RunTotals } from '../../src/report/html/run-totals.js';
import { HOSTILE_TEXTS } from '../helpers/hostile-texts.js';
import { report } from '../helpers/report-memory.js';
import { blocksOf } from '../helpers/report-page.js';
import { sampleAssertion, sampleMessages, sampleRecord, sampleSummary } from '../helpers/sample-records.js';

async function htmlOf(records: readonly ConversationRecord[], over: Partial<RunSummary> = {}): Promise<string> {
  return (await report(['html'], records, {}, sampleSummary(records, over))).output.text('report.html');
}

/** A section of the page, without its tags. */
function wordsOf(html: string, id: string): string {
  const text = new RegExp(`<section id="${id}"[\\s\\S]*?</section>`).exec(html)?.[0] ?? '';
  return text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
}

const failing = (index: number, types: string[], over: Partial<ConversationRecord> = {}): ConversationRecord =>
  sampleRecord({
    index,
    id: `orders/alpha/t${index}`,
    verdict: 'failed',
    assertions: types.map((type) =>
      sampleAssertion({ type, passed: false, message: undefined, explanation: `no ${type}` }),
    ),
    ...over,
  });

const errored = sampleRecord({
  index: 9,
  id: 'orders/beta/t9',
  provider: 'beta',
  verdict: 'errored',
  assertions: [],
  error: { code: 'unauthorized', message: 'beta answered 401', hint: 'Check the key.' },
  timing: { startedAt: 1_795_176_002_000, durationMs: 500, callMs: 0, waitMs: 0 },
});

describe('what failed', () => {
  test('counts a conversation at each check that it failed, the most frequent first', async () => {
    const records = [
      failing(0, ['contains', 'llm_judge']),
      failing(1, ['llm_judge']),
      errored,
      sampleRecord({ index: 3 }),
    ];
    const words = wordsOf(await htmlOf(records), 'failures');
    expect(words).toMatch(/llm_judge 2 · 66.7 % of them no llm_judge .* contains 1 · 33.3 % of them no contains/);
    expect(words).toContain('unauthorized 1 · 33.3 % of them beta answered 401 Next: Check the key.');
  });

  test('names the first that ended without passing, unless it failed in another run', async () => {
    const reused = failing(0, ['contains'], { reused: true });
    const late = failing(1, ['contains'], {
      timing: { startedAt: 1_795_176_009_000, durationMs: 1, callMs: 1, waitMs: 0 },
    });
    expect(wordsOf(await htmlOf([reused, late, errored]), 'failures')).toContain(
      'The first to fail was orders/beta/t9 , 2.5s into the run.',
    );
  });

  test('has no place where all passed', async () => {
    expect(await htmlOf([sampleRecord()])).not.toContain('id="failures"');
  });

  test('stands in the rows, with what one may filter by', async () => {
    const record = failing(0, ['contains', 'llm_judge', 'contains'], {
      tags: ['nightly'],
      labels: { team: 'shop' },
      perturbation: { tone: 'angry' },
      region: 'eu',
      toolStats: { total: 1, byTool: { find: 1 } },
      messages: [{ role: 'user', content: 'x', persona: 'buyer' }],
    });
    const [row] = blocksOf<RowView>(await htmlOf([record]), 'rows');
    expect(row?.reasons).toEqual(['contains', 'llm_judge']);
    const plain = ['persona:buyer', 'tool:find', 'perturbation:tone = angry', 'region:eu'];
    expect(row?.marks).toEqual([...plain, 'tag:nightly', 'label:team = shop']);
    const { output } = await report(['html'], [record], { html: { includeMetadata: false } });
    expect(blocksOf<RowView>(output.text('report.html'), 'rows')[0]?.marks).toEqual(plain);
  });
});

describe('checks over a run', () => {
  test('have rates and mean scores, the worst first; skipped ones do not count', async () => {
    const check = (type: string, passed: boolean, score?: number) => sampleAssertion({ type, passed, score });
    const records = [
      sampleRecord({ assertions: [check('contains', true, 1), check('judge', false, 0.5)] }),
      sampleRecord({ index: 1, assertions: [check('contains', true, 1), check('judge', true, 1)] }),
      sampleRecord({
        index: 2,
        assertions: [sampleAssertion({ type: 'judge', passed: true, skipped: true, score: 0 })],
      }),
    ];
    expect(wordsOf(await htmlOf(records), 'checks')).toMatch(/judge 50 % 1 1 1 0\.75 contains 100 % 2 0 0 1\.00/);
  });

  test('are kept in rows of bounded number', () => {
    const totals = new RunTotals();
    for (let index = 0; index < 500; index += 1) totals.add(failing(index, [`check-${index}`]));
    expect([totals.checks.size, totals.failures.size, totals.notPassed]).toEqual([200, 200, 500]);
  });
});

describe('latency and cost by provider', () => {
  const timed = (provider: string, latencyMs: number, index: number): ConversationRecord => {
    const messages = sampleMessages('x').map((one) =>
      one.role === 'assistant' ? { ...one, latencyMs, ttftMs: 50 } : one,
    );
    return sampleRecord({ provider, index, messages });
  };
  const records = [100, 200, 300, 400, 500].flatMap((ms, index) => [
    timed('alpha', ms, 2 * index),
    timed('beta', 2 * ms, 2 * index + 1),
  ]);

  test('are drawn with their numbers in words, and stand in tables', async () => {
    const html = await htmlOf(records);
    expect(html).toMatch(
      /<svg class="chart" role="img" aria-labelledby="latency-chart-title" aria-describedby="latency-chart-desc"/,
    );
    const words = wordsOf(html, 'latency');
    expect(words).toMatch(/alpha: p50 (29[7-9]|30[0-3])ms · p95 (49[5-9]|500)ms; beta: p50 (59[4-9]|60[0-6])ms/);
    expect(words).toMatch(/alpha 5 (99|100|101)ms .* 500ms (49|50|51)ms/);
    expect(wordsOf(html, 'cost')).toContain('alpha: $0.0012 · $0.006 in all');
  });

  test('are left out where the run does not tell them', async () => {
    const free = records.map((record) => ({ ...record, costUsd: 0 }));
    const html = await htmlOf(free, { metrics: ['quality'] });
    expect(html).not.toMatch(/id="latency"|id="cost"/);
  });

  test('leave out answers from the cache', () => {
    const totals = new RunTotals();
    totals.add(sampleRecord({ messages: [{ role: 'assistant', content: 'x', latencyMs: 1, cached: true }] }));
    expect(totals.times.size).toBe(0);
  });
});

describe('the scale of a chart', () => {
  test.each([
    [100, [0, 20, 40, 60, 80, 100]],
    [7, [0, 2, 4, 6, 8]],
    [0.012, [0, 0.005, 0.01, 0.015]],
    [0, [0, 0.2, 0.4, 0.6, 0.8, 1]],
  ])('up to %d has round marks', (max, ticks) => {
    const { ticks: found, at } = linearScale(max);
    expect(found.map((tick) => Number(tick.toPrecision(6)))).toEqual(ticks);
    expect([at(0), at(ticks.at(-1) ?? 0)]).toEqual([0, 100]);
  });

  test('gives equal factors equal lengths where values differ by orders', () => {
    const { at, ticks } = logScale(10, 1000);
    expect([at(10), at(100), at(1000), at(0)].map(Math.round)).toEqual([0, 50, 100, 0]);
    expect(ticks.length).toBeLessThanOrEqual(7);
    expect(scaleFor(1, 1000).ticks[0]).toBe(1);
    expect(scaleFor(500, 1000).ticks[0]).toBe(0);
  });
});

test.each(HOSTILE_TEXTS)('check and provider named %j leave the page’s elements as they are', async (text) => {
  const tagsOf = async (name: string) => {
    const hostile = failing(0, [name], { provider: name, evals: [sampleAssertion({ evalId: name })] });
    const violations = [{ validator: name, direction: 'output' as const, score: 0, message: name }];
    const html = await htmlOf([
      { ...hostile, violations },
      { ...errored, id: name },
    ]);
    return html.match(/<[/!]?[a-z][a-z0-9]*/gi);
  };
  expect(await tagsOf(text)).toEqual(await tagsOf('plain'));
});
