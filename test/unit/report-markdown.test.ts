import { describe, expect, test } from '@jest/globals';
import type { ConversationRecord } from '../../src/core/conversation.js';
import type { RunSummary } from '../../src/core/run.js';
import type { ReportOptions } from '../../src/report/report-options.js';
import { HOSTILE_TEXTS } from '../helpers/hostile-texts.js';
import { report } from '../helpers/report-memory.js';
import { sampleAssertion, sampleMessages, sampleRecord, sampleSummary } from '../helpers/sample-records.js';

const failed = sampleRecord({
  provider: 'beta',
  index: 1,
  verdict: 'failed',
  assertions: [sampleAssertion({ passed: false, explanation: 'nothing about the order' })],
});
const errored = sampleRecord({
  scenario: 'refunds',
  index: 2,
  verdict: 'errored',
  error: { code: 'unauthorized', message: 'alpha answered 401', hint: 'Check the key.' },
});
const all = [sampleRecord(), failed, errored];

async function markdownOf(
  records: readonly ConversationRecord[],
  markdown: ReportOptions['markdown'] = {},
  summary?: RunSummary,
): Promise<string> {
  const { output } = await report(['markdown'], records, { markdown }, summary);
  return output.text('report.md');
}

/** The report as a Markdown reader sees it outside of code: fenced blocks and code spans taken out. */
function outsideCode(markdown: string): string {
  const lines: string[] = [];
  let fence = '';
  for (const line of markdown.split('\n')) {
    const mark = /^(`{3,})(text)?$/.exec(line)?.[1] ?? '';
    if (fence === '' && mark !== '') fence = mark;
    else if (fence !== '' && line === fence) fence = '';
    else if (fence === '') lines.push(line.replace(/(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)/g, ''));
  }
  expect(fence).toBe('');
  return lines.join('\n');
}

describe('report.md', () => {
  test('begins with the outcome and what it means', async () => {
    const text = await markdownOf(all);
    expect(text).toMatch(/^# ❌ `bookshop`: Failed\n\n2 of 3 conversations did not pass/);
  });

  test('says which providers were down and how long they were waited for, where any was', async () => {
    const held = [
      { provider: 'alpha', ms: 125_000 },
      { provider: 'a|b*', ms: 400 },
    ];
    const text = await markdownOf(all, {}, sampleSummary(all, { held }));
    expect(text).toMatch(/\| Waited for providers that were down \| alpha 2m5s, a\S+b\S+ 400ms \|/);
    expect(text).not.toContain('a|b');
    expect(await markdownOf(all)).not.toContain('Waited for');
    const { output } = await report(['html'], all, {}, sampleSummary(all, { held }));
    expect(output.text('report.html')).toContain('<dt>Providers down</dt><dd>alpha 2m5s, a|b* 400ms</dd>');
  });

  test('shows the matrix of scenarios and providers', async () => {
    const text = await markdownOf(all);
    expect(text).toContain('| Scenario | `alpha` | `beta` |');
    expect(text).toContain('| `orders` | ✅ 1/1 | ❌ 0/1 |');
    expect(text).toContain('| `refunds` | ❌ 0/1, 1 err |  |');
  });

  test('names each failure with its message, place and next step', async () => {
    const text = await markdownOf(all);
    expect(text).toContain(
      '### `orders/beta`\n\nfailed: `content_includes` at `scenarios/orders.yaml:14`\n\n```text\nShould speak of the order: nothing about the order\n```',
    );
    expect(text).toContain('errored: `unauthorized`\n\n```text\nalpha answered 401\n```\n\nNext: `Check the key.`');
  });

  test('shows tokens, cost and latency by provider and in total', async () => {
    const text = await markdownOf(all);
    expect(text).toContain('| `alpha` | 1/2 (50 %) | 240 | 68 | $0.0024 | 840ms | 1.9s | 2.4s |');
    expect(text).toContain('| **Total** | 1/3 | 360 | 102 | $0.0036 |');
  });

  test.each([
    ['showOverview', '## Overview'],
    ['showResultsMatrix', '## Results'],
    ['showFailedTests', '## Failures'],
    ['showCostSummary', '## Cost and latency'],
    ['includeDetails', '<summary>Conversation</summary>'],
  ] as const)('%s: false leaves %j out, and only that', async (option, mark) => {
    const [whole, without] = [await markdownOf(all), await markdownOf(all, { [option]: false })];
    expect(whole).toContain(mark);
    expect(without).not.toContain(mark);
    const headings = (text: string) => text.match(/^## .*$/gm) ?? [];
    expect(headings(without)).toEqual(headings(whole).filter((heading) => heading !== mark));
  });

  test.each(HOSTILE_TEXTS.filter((text) => text.trim() !== ''))('%j is nothing but text', async (text) => {
    const record = sampleRecord({
      id: `${text}/${text}`,
      scenario: text,
      provider: text,
      verdict: 'failed',
      assertions: [sampleAssertion({ type: text, passed: false, explanation: text, message: text, source: text })],
      error: { code: 'internal', message: text, hint: text },
      messages: sampleMessages(text),
    });
    const summary = sampleSummary([record], { job: text, warnings: [text], message: text });
    const markdown = await markdownOf([record], {}, summary);
    const visible = outsideCode(markdown);
    expect(visible).not.toMatch(/(?<!\\)<(?!\/?(details|summary)>)|(?<!\\)\]\(|(?<!\\)!\[|(?<!\\)~~~|(?<!\\):\/\//);
    expect(visible.match(/<\/details>/g)).toHaveLength(1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(markdown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    const tables = markdown.match(/(?:^\|.*\n)+/gm) ?? [];
    expect(tables.length).toBeGreaterThanOrEqual(3);
    for (const table of tables) {
      const bars = table
        .trimEnd()
        .split('\n')
        .map((row) => row.split('|').length);
      expect(new Set(bars).size).toBe(1);
    }
  });

  test('stays small at 10,000 failures', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) =>
      sampleRecord({ ...failed, index, scenario: `s${index % 500}`, provider: `p${index % 40}`, id: `item-${index}` }),
    );
    const text = await markdownOf(many);
    expect(text.length).toBeLessThan(400_000);
    expect(text).toContain('300 scenarios and 20 providers left out');
    expect(text).toContain('9,900 more failures stand in results.jsonl.');
  });
});
