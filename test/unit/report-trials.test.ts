import { describe, expect, test } from '@jest/globals';
import pc from 'picocolors';
import { resultLines } from '../../src/cli/result-view.js';
import type { ConversationRecord } from '../../src/core/conversation.js';
import type { FailedItem, RunSummary } from '../../src/core/run.js';
import type { TrialGroup } from '../../src/core/trial-summary.js';
import type { ConversationView } from '../../src/report/html/conversation-view.js';
import type { RowView } from '../../src/report/html/row-view.js';
import { HOSTILE_TEXTS } from '../helpers/hostile-texts.js';
import { report } from '../helpers/report-memory.js';
import { blocksOf } from '../helpers/report-page.js';
import { sampleAssertion, sampleRecord, sampleSummary } from '../helpers/sample-records.js';
import { parseXml } from '../helpers/strict-xml.js';

const passed = (trial: number, over: Partial<ConversationRecord> = {}): ConversationRecord =>
  sampleRecord({ id: `orders/alpha/t${trial}`, trial, index: trial - 1, ...over });
const failed = (trial: number, over: Partial<ConversationRecord> = {}): ConversationRecord =>
  passed(trial, {
    verdict: 'failed',
    assertions: [sampleAssertion({ passed: false, passThreshold: 0.6, explanation: 'no order in it' })],
    ...over,
  });

/** Two of three trials passed, which is enough. */
const records = [passed(1), passed(2), failed(3, { tolerated: true })];

function group(over: Partial<TrialGroup> = {}): TrialGroup {
  const counts = { trials: 3, passed: 2, failed: 1, errored: 0, tolerated: 1, passRate: 2 / 3 };
  const check = { type: 'content_includes', source: 'scenarios/orders.yaml:14', threshold: 0.6 };
  return {
    ...{ key: 'orders/alpha', scenario: 'orders', provider: 'alpha', verdict: 'passed', ...counts, flaky: true },
    checks: [{ ...check, passed: 2, judged: 3, holds: true }],
    ...over,
  };
}

function summaryOf(over: Partial<RunSummary> = {}): RunSummary {
  const summary = sampleSummary(records, over);
  for (const tally of [...summary.providers, ...summary.scenarios, ...summary.cells]) tally.tolerated = 1;
  return {
    ...summary,
    ...{ phase: 'Succeeded', reason: 'WithinThresholds', exitCode: 0 },
    counts: { ...summary.counts, tolerated: 1 },
    trials: {
      groups: { total: 1, passed: 1, failed: 0, errored: 0, flaky: 1 },
      table: [group()],
      sensitivity: [
        {
          ...{ key: 'orders/alpha', scenario: 'orders', provider: 'alpha', variants: 2 },
          ...{ lowest: 0.25, highest: 1, spread: 0.75 },
          values: [
            { key: 'tone', value: 'calm', passed: 4, ended: 4, passRate: 1 },
            { key: 'tone', value: 'angry', passed: 1, ended: 4, passRate: 0.25 },
          ],
        },
      ],
    },
    ...over,
  };
}

describe('a failure within a pass_threshold', () => {
  test('is skipped in JUnit, with the reason, and counted neither as failure nor as error', async () => {
    const { output } = await report(['junit'], records, {}, summaryOf());
    const root = parseXml(output.text('junit.xml'));
    expect(root.attributes).toMatchObject({ tests: '3', failures: '0', errors: '0' });
    const suite = root.children.find(({ attributes }) => attributes.name === 'orders (trial 3)');
    expect(suite?.attributes).toMatchObject({ tests: '1', failures: '0', skipped: '1' });
    const children = suite?.children.find(({ name }) => name === 'testcase')?.children ?? [];
    expect(children.map(({ name }) => name)).toEqual(['properties', 'skipped']);
    expect(children[1]?.attributes.message).toContain('within pass_threshold: content_includes');
    const properties = children[0]?.children.map(({ attributes }) => [attributes.name, attributes.value]);
    expect(properties).toContainEqual(['tolerated', 'true']);
  });

  test('that is none stays a failure in JUnit', async () => {
    const { output } = await report(['junit'], [passed(1), failed(2)]);
    const root = parseXml(output.text('junit.xml'));
    expect(root.attributes).toMatchObject({ failures: '1' });
    expect(root.children[1]?.attributes.skipped).toBeUndefined();
  });

  test('is counted in Markdown and not told among the failures', async () => {
    const { output } = await report(['markdown'], records, {}, summaryOf());
    const text = output.text('report.md');
    expect(text).toContain('| of them within a pass_threshold | 1 |');
    expect(text).toContain('1 failed within the pass_threshold of their checks');
    expect(text).not.toContain('### `orders/alpha/t3`');
    expect(text).toContain('| `orders` | ✅ 2/3 |');
  });

  test('is shown in the page as neither passed nor failed', async () => {
    const { output } = await report(['html'], records, {}, summaryOf());
    const html = output.text('report.html');
    expect(blocksOf<RowView>(html, 'rows').map(({ verdict }) => verdict)).toEqual(['passed', 'passed', 'tolerated']);
    const view = blocksOf<ConversationView>(html, 'conversations')[2];
    expect(view?.facts).toContainEqual(['Verdict', 'failed, within the pass_threshold of its trials']);
    expect(html).toContain('<td class="cell within">');
    expect(html).toContain('<b>1</b> of the failed within a pass_threshold');
  });

  test('is marked in CSV', async () => {
    const { output } = await report(['csv'], records, {}, summaryOf());
    const [head = '', ...rows] = output.text('results.csv').trimEnd().split('\n');
    const column = head.split(',').indexOf('tolerated');
    expect(rows.map((row) => row.split(',').at(column - head.split(',').length))).toEqual(['false', 'false', 'true']);
  });

  test('that was shown as it came does not hide how many more there are', () => {
    const seen = { id: 'orders/alpha/t3', index: 2, verdict: 'failed', reason: 'contains', message: 'm' } as const;
    const failures: FailedItem[] = [{ ...seen, tolerated: true }];
    const counts = { total: 6, passed: 2, failed: 4, errored: 0, reused: 0, tolerated: 1 };
    const shown = new Set(['orders/alpha/t3', 'orders/alpha/t4']);
    const lines = resultLines({ ...summaryOf(), counts, failures }, pc.createColors(false), shown);
    expect(lines).toContain('and 2 more, see the reports');
  });

  test('is counted in the terminal, without a line of its own', () => {
    const lines = resultLines(summaryOf(), pc.createColors(false), new Set());
    expect(lines.at(-1)).toContain('PASSED  2 passed, 1 failed (1 within pass_threshold), 0 errors');
    expect(lines).toContain('1 of 1 groups of trials passed, 1 is flaky, 1 failure is within a pass_threshold');
    expect(lines.join('\n')).not.toContain('content_includes');
  });
});

describe('trials', () => {
  test('have a table in Markdown, with their checks', async () => {
    const broken = group({
      ...{
        key: 'orders/beta',
        provider: 'beta',
        verdict: 'failed',
        tolerated: 0,
        passed: 1,
        failed: 2,
        passRate: 1 / 3,
      },
      checks: [{ type: 'contains', threshold: 0.5, passed: 1, judged: 3, holds: false }],
    });
    const trials = { groups: { total: 60, passed: 59, failed: 1, errored: 0, flaky: 2 }, sensitivity: [] };
    const table = [broken, group()];
    const { output } = await report(['markdown'], records, {}, summaryOf({ trials: { ...trials, table } }));
    const text = output.text('report.md');
    expect(text).toContain(
      '| `orders/beta` | 1/3 (33.3 %) | ❌ failed, flaky | ❌ `contains 1/3, at least 50 %` |\n' +
        '| `orders/alpha` | 2/3 (66.7 %) | ✅ passed, flaky, within pass_threshold | `content_includes 2/3, at least 60 %` |',
    );
    expect(text).toContain('59 of 60 groups of trials passed, 2 are flaky');
    expect(text).toContain('58 more stand in summary.json.');
    expect(text).not.toContain('## Perturbations');
  });

  test('and perturbations have tables in the page', async () => {
    const { output } = await report(['html'], records, {}, summaryOf());
    const html = output.text('report.html');
    expect(html).toContain('<h2 id="trials-title" tabindex="-1">Trials</h2>');
    expect(html).toContain('content_includes 2/3, at least 60 %');
    expect(html).toContain('tone &quot;angry&quot; 25 %</li><li>tone &quot;calm&quot; 100 %');
  });

  test('and perturbations have tables in Markdown', async () => {
    const { output } = await report(['markdown'], records, {}, summaryOf());
    expect(output.text('report.md')).toContain(
      '| `orders/alpha` | 2 | 25 % to 100 % | `tone "angry" 25 %`, `tone "calm" 100 %` |',
    );
  });

  test.each(['markdown', 'html'] as const)('have no place in %s when nothing was repeated', async (format) => {
    const { output, files } = await report([format], [sampleRecord()]);
    const path = files.find((file) => file.format === format)?.path ?? '';
    expect(output.text(path)).not.toMatch(/Trials<|Perturbations<|# Trials|# Perturbations/);
  });

  test.each(HOSTILE_TEXTS)('named %j leave the page’s elements as they are', async (text) => {
    const tagsOf = async (name: string) => {
      const table = [group({ key: name, scenario: name, checks: [{ ...check, type: name }] })];
      const { trials } = summaryOf();
      const summary = summaryOf(trials && { trials: { ...trials, table } });
      const { output } = await report(['html'], records, {}, summary);
      return [...output.text('report.html').matchAll(/<\/?[a-z]+/gi)].map(([tag]) => tag);
    };
    const check = { type: '', threshold: 0.5, passed: 1, judged: 2, holds: true };
    expect(await tagsOf(text)).toEqual(await tagsOf('plain'));
  });
});
