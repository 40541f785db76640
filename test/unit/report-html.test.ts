import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { ConversationRecord, Verdict } from '../../src/core/conversation.js';
import type { ConversationView } from '../../src/report/html/conversation-view.js';
import { PageSelection } from '../../src/report/html/page-selection.js';
import type { RowView } from '../../src/report/html/row-view.js';
import { writeReports } from '../../src/report/write-reports.js';
import { HOSTILE_TEXTS } from '../helpers/hostile-texts.js';
import { linesOf, MemoryOutput, report } from '../helpers/report-memory.js';
import { blocksOf } from '../helpers/report-page.js';
import { sampleAssertion, sampleMessages, sampleRecord, sampleSummary } from '../helpers/sample-records.js';

async function htmlOf(records: readonly ConversationRecord[]): Promise<string> {
  return (await report(['html'], records)).output.text('report.html');
}

const hostileRecord = (text: string): ConversationRecord =>
  sampleRecord({
    id: text,
    scenario: text,
    provider: text,
    verdict: 'failed',
    assertions: [sampleAssertion({ passed: false, type: text, explanation: text })],
    messages: sampleMessages(text),
  });

describe('report.html', () => {
  test('allows its own style and script only, named by their hashes', async () => {
    const html = await htmlOf([sampleRecord()]);
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1]?.replaceAll('&apos;', "'") ?? '';
    const hash = (text: string | undefined) =>
      `'sha256-${createHash('sha256')
        .update(text ?? '')
        .digest('base64')}'`;
    const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1];
    const [first, script] = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text]) => text);
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${hash(first)} ${hash(script)}`,
      `style-src ${hash(style)}`,
      'img-src data:',
      'media-src data:',
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
    ]);
  });

  test('names no address of another place', async () => {
    expect(await htmlOf([sampleRecord()])).not.toMatch(/https?:|src=|@import|url\(/);
  });

  test('holds every conversation in item order, its line in the list beside it', async () => {
    const records = Array.from({ length: 1200 }, (_, index) => sampleRecord({ index, id: `orders/alpha/t${index}` }));
    const html = await htmlOf(records);
    const ids = records.map((record) => record.id);
    expect(blocksOf<RowView>(html, 'rows').map((row) => row.id)).toEqual(ids);
    expect(blocksOf<ConversationView>(html, 'conversations').map((view) => view.id)).toEqual(ids);
  });

  test.each(HOSTILE_TEXTS)('has the same elements with %j as with plain text', async (text) => {
    const tags = async (record: ConversationRecord) => {
      const summary = sampleSummary([record], { job: record.id, message: record.id, warnings: [record.id] });
      const { output } = await report(['html'], [record], {}, summary);
      return output.text('report.html').match(/<[/!]?[a-z][a-z0-9]*/gi);
    };
    expect(await tags(hostileRecord(text))).toEqual(await tags(hostileRecord('plain')));
  });

  test('an answer of a megabyte is cut, and the cut is counted', async () => {
    const html = await htmlOf([sampleRecord({ messages: sampleMessages('x'.repeat(1_000_000)) })]);
    const [view] = blocksOf<ConversationView>(html, 'conversations');
    const answer = view?.messages[2];
    expect((answer?.text.length ?? 0) - 1 + (answer?.cut ?? 0)).toBe(1_000_000);
    expect(answer?.text.length).toBeLessThanOrEqual(100_000);
  });

  test('a conversation of many long messages stays within its budget', async () => {
    const messages = Array.from({ length: 100 }, () => sampleMessages('x'.repeat(90_000))).flat();
    const [view] = blocksOf<ConversationView>(await htmlOf([sampleRecord({ messages })]), 'conversations');
    expect(view?.messages).toHaveLength(300);
    expect(JSON.stringify(view).length).toBeLessThan(1_200_000);
  });

  test('metadata switched off is not in the file at all', async () => {
    const record = sampleRecord({
      labels: { team: 'retail-team' },
      messages: [{ role: 'assistant', content: 'x', raw: { secretly: 'raw-body' } }],
    });
    const contents = async (includeMetadata: boolean) => {
      const html = (await report(['html'], [record], { html: { includeMetadata } })).output.text('report.html');
      return html + JSON.stringify(blocksOf(html, 'conversations'));
    };
    expect(await contents(true)).toMatch(/4f2c9ab1[\s\S]*retail-team[\s\S]*raw-body/);
    expect(await contents(false)).not.toMatch(/4f2c9ab1|retail-team|raw-body/);
  });

  test('a file that grows too large keeps the later conversations in its list only, and names the part that holds them', async () => {
    // Random text does not compress below 3/4 in base64, so these pass 24 MiB.
    const noise = (index: number) =>
      createHash('shake256', { outputLength: 48_000 }).update(`${index}`).digest('base64');
    const many = function* () {
      for (let index = 0; index < 460; index += 1) {
        const verdict = index === 459 ? 'failed' : 'passed';
        yield sampleRecord({ index, id: `i${index}`, verdict, messages: sampleMessages(noise(index)) });
      }
    };
    const output = new MemoryOutput();
    await writeReports(['html'], sampleSummary([sampleRecord()]), linesOf(many()), output);
    const [html, part] = [output.text('report.html'), output.text('report-2.html')];
    const rows = blocksOf<RowView>(html, 'rows');
    const views = blocksOf<ConversationView | null>(html, 'conversations');
    expect(rows).toHaveLength(460);
    expect(views.map((view) => view !== null)).toEqual(rows.map((row) => row.held));
    const left = rows.filter((row) => !row.held);
    expect(left.length).toBeGreaterThan(50);
    expect(new Set(left.map((row) => row.part))).toEqual(new Set(['report-2.html']));
    expect(blocksOf<ConversationView>(part, 'conversations').map((view) => view.id)).toEqual(left.map((row) => row.id));
    expect(rows.at(-2)?.held).toBe(false);
    expect(views.at(-1)?.id).toBe('i459');
    expect(html.length).toBeLessThan(26 * 1024 * 1024);
  });

  test('a run with more conversations than it holds gives its failures and a sample', async () => {
    const counts = { total: 6000, passed: 5990, failed: 10, errored: 0, reused: 0 };
    const many = Array.from({ length: counts.total }, (_, index) =>
      sampleRecord({ index, id: `i${index}`, verdict: index % 600 === 7 ? 'failed' : 'passed' }),
    );
    const { output } = await report(['html'], many, {}, sampleSummary([sampleRecord()], { counts }), 5000);
    const rows = blocksOf<RowView>(output.text('report.html'), 'rows');
    expect(rows.filter((row) => row.verdict === 'failed')).toHaveLength(10);
    expect(rows.length).toBeGreaterThan(190);
    expect(rows.length).toBeLessThanOrEqual(210);
    expect(output.text('report.html')).toContain('data-ended="6000"');
  });
});

describe('what a page of bearable size holds', () => {
  const choose = (total: number, failed: number, bytes: number, verdicts: Verdict[]) => {
    const selection = new PageSelection({ passed: total - failed, failed, errored: 0 }, 50_000);
    return verdicts.map((verdict) => selection.choose(verdict, bytes));
  };
  const MiB = 1024 * 1024;

  test('all of a run of 50,000', () => {
    expect(new Set(choose(50_000, 0, 0, Array(50_000).fill('passed')))).toEqual(new Set(['all']));
  });

  test('passed conversations give way to others when the file grows', () => {
    expect(choose(9, 2, 24 * MiB, ['passed', 'failed', 'errored'])).toEqual(['row', 'all', 'all']);
    expect(choose(9, 2, 48 * MiB, ['passed', 'failed', 'errored'])).toEqual(['row', 'row', 'row']);
  });

  test('at most 20,000 failures of a larger run', () => {
    const chosen = choose(60_000, 30_000, 0, Array(30_000).fill('failed'));
    expect(chosen.filter((one) => one === 'all')).toHaveLength(20_000);
  });
});
