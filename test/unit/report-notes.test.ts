import { describe, expect, test } from '@jest/globals';
import type { ConversationRecord } from '../../src/core/conversation.js';
import type { RunSummary } from '../../src/core/run.js';
import type { ConversationView } from '../../src/report/html/conversation-view.js';
import { conversationRecordSchema } from '../../src/schema/result.js';
import { report } from '../helpers/report-memory.js';
import { blocksOf } from '../helpers/report-page.js';
import { sampleAssertion, sampleRecord, sampleSummary } from '../helpers/sample-records.js';
import { parseXml } from '../helpers/strict-xml.js';

const record: ConversationRecord = sampleRecord({
  heldBy: 'beta',
  mode: 'regression',
  description: 'Asks for an order',
  labels: { team: 'shop' },
  annotations: { owner: 'ada@example.org' },
  context: { context: { day: 'Monday' }, context_metadata: { session_goal: 'an answer' } },
  tags: ['nightly', 'orders'],
  perturbation: { tone: 'angry' },
  evals: [
    sampleAssertion({ evalId: 'brand', type: 'llm_judge', score: 0.8 }),
    sampleAssertion({ evalId: 'length', type: 'max_length', passed: false, score: 0.5 }),
    sampleAssertion({ evalId: 'tools', type: 'tools_called', skipped: true, score: undefined }),
  ],
  judging: { calls: 2, usage: { inputTokens: 10, outputTokens: 4 }, costUsd: 0.0004 },
  restarted: true,
});

const arena = { namespace: 'shop', labels: { team: 'ai' }, annotations: { description: 'All of the shop' } };

function summary(): RunSummary {
  const plain = sampleSummary([record]);
  return { ...plain, bundle: { ...plain.bundle, ...arena } };
}

describe('notes about a conversation', () => {
  test('stand in the record', () => {
    expect(conversationRecordSchema.parse(record)).toMatchObject(record);
  });

  test('stand in CSV', async () => {
    const { output } = await report(['csv'], [record], {}, summary());
    const [head = '', row = ''] = output.text('results.csv').split('\n');
    expect(head.split(',').slice(-12)).toHaveLength(12);
    expect(row).toContain(
      'false,beta,"{""tone"":""angry""}",regression,"{""team"":""shop""}","{""owner"":""ada@example.org""}",nightly orders,1,1,2,0.0004,true',
    );
  });

  test('stand in JUnit as properties', async () => {
    const { output } = await report(['junit'], [record], {}, summary());
    const suite = parseXml(output.text('junit.xml')).children[0];
    const [about, testcase] = suite?.children ?? [];
    const valuesOf = (of: typeof about) =>
      Object.fromEntries(of?.children.map(({ attributes }) => [attributes.name, attributes.value]) ?? []);
    expect(valuesOf(about)).toEqual({
      namespace: 'shop',
      'label.team': 'ai',
      'annotation.description': 'All of the shop',
    });
    expect(valuesOf(testcase?.children[0])).toMatchObject({
      heldBy: 'beta',
      mode: 'regression',
      tags: 'nightly orders',
      restarted: 'true',
      'label.team': 'shop',
      'annotation.owner': 'ada@example.org',
      'perturbation.tone': 'angry',
      'eval.brand': 'passed, score 0.8',
      'eval.length': 'failed, score 0.5',
      'eval.tools': 'skipped',
      'judging.calls': '2',
      'judging.costUsd': '0.0004',
    });
  });

  test('stand at its head in the page, its evals beside the checks', async () => {
    const { output } = await report(['html'], [record], {}, summary());
    const html = output.text('report.html');
    const [view] = blocksOf<ConversationView>(html, 'conversations');
    expect(view?.facts).toEqual(
      expect.arrayContaining([
        ['Held by', 'beta'],
        ['tone', 'angry'],
        ['Mode', 'regression'],
        ['Scenario', 'Asks for an order'],
        ['Tags', 'nightly, orders'],
        ['team', 'shop'],
        ['owner', 'ada@example.org'],
        ['Judging', '2 calls, $0.0004'],
        ['Restarted', 'held again from its start'],
      ]),
    );
    expect(view?.evals.map(({ name, type, outcome }) => [name, type, outcome])).toEqual([
      ['brand', 'llm_judge', 'passed'],
      ['length', 'max_length', 'failed'],
      ['tools', 'tools_called', 'skipped'],
    ]);
    expect(view?.context).toContain('"session_goal": "an answer"');
    for (const text of ['<dt>Namespace</dt><dd>shop</dd>', '<dt>team</dt><dd>ai</dd>', 'All of the shop']) {
      expect(html).toContain(text);
    }
  });

  test('are left out of the page without metadata', async () => {
    const { output } = await report(['html'], [record], { html: { includeMetadata: false } }, summary());
    const [view] = blocksOf<ConversationView>(output.text('report.html'), 'conversations');
    expect(view?.context).toBeUndefined();
    expect(view?.facts.map(([label]) => label)).not.toContain('owner');
    expect(output.text('report.html')).not.toContain('Namespace');
  });

  test('are summed up in Markdown, where they are evals', async () => {
    const other = sampleRecord({
      index: 1,
      evals: [sampleAssertion({ evalId: 'brand', type: 'llm_judge', passed: false, score: 0.2 })],
    });
    const { output } = await report(['markdown'], [record, other], {}, summary());
    const text = output.text('report.md');
    expect(text).toContain('| `brand` | 1/2 (50 %) | 0.5 | 0 |');
    expect(text).toContain('| `tools` | 0/0 (–) | – | 1 |');
    expect(text).toContain('| Namespace | `shop` |');
    expect(text).toContain('| `description` | `All of the shop` |');
  });

  test('stand at the head of a failed conversation in Markdown', async () => {
    const failed = { ...record, verdict: 'failed' as const, assertions: [sampleAssertion({ passed: false })] };
    const { output } = await report(['markdown'], [failed]);
    expect(output.text('report.md')).toContain(
      '`Asks for an order` · held by `beta` · `team: shop` · `owner: ada@example.org`\n\n- ❌',
    );
  });

  test('never change a verdict', async () => {
    const { output } = await report(['junit'], [record], {}, summary());
    expect(parseXml(output.text('junit.xml')).attributes).toMatchObject({ failures: '0', errors: '0' });
  });
});
