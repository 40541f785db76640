import { describe, expect, test } from '@jest/globals';
import type { ConversationRecord } from '../../src/core/conversation.js';
import { report } from '../helpers/report-memory.js';
import { sampleAssertion, sampleMessages, sampleRecord } from '../helpers/sample-records.js';

/** RFC 4180, strict: quotes only around whole fields, doubled inside. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const field = /"((?:[^"]|"")*)"|([^",\n]*)/y;
  let at = 0;
  while (at < text.length) {
    field.lastIndex = at;
    const match = field.exec(text);
    if (!match) throw new Error(`no field at ${at}`);
    row.push(match[1] === undefined ? (match[2] ?? '') : match[1].replaceAll('""', '"'));
    at = field.lastIndex + 1;
    const end = text[at - 1];
    if (end === '\n') {
      rows.push(row);
      row = [];
    } else if (end !== ',') throw new Error(`unexpected ${JSON.stringify(end)} at ${at - 1}`);
  }
  return rows;
}

async function csvOf(...records: ConversationRecord[]): Promise<{ [column: string]: string }[]> {
  const { output } = await report(['csv'], records);
  const [head = [], ...rows] = parseCsv(output.text('results.csv'));
  return rows.map((row) => Object.fromEntries(head.map((name, index) => [name, row[index] ?? ''])));
}

describe('results.csv', () => {
  test('has the documented columns in their order', async () => {
    const { output } = await report(['csv'], []);
    expect(output.text('results.csv').trimEnd().split(',')).toEqual([
      'id',
      'index',
      'scenario',
      'provider',
      'region',
      'trial',
      'promptTask',
      'verdict',
      'reason',
      'message',
      'source',
      'turns',
      'assertionsPassed',
      'assertionsFailed',
      'violations',
      'toolCalls',
      'inputTokens',
      'outputTokens',
      'cachedTokens',
      'costUsd',
      'startedAt',
      'durationMs',
      'callMs',
      'waitMs',
      'calls',
      'attempt',
      'reused',
      'lastAnswer',
      'tolerated',
      'heldBy',
      'perturbation',
      'mode',
      'labels',
      'annotations',
      'tags',
      'evalsPassed',
      'evalsFailed',
      'judgingCalls',
      'judgingCostUsd',
      'restarted',
      'cachedCalls',
      'savedUsd',
    ]);
  });

  test('gives one row per conversation, also with commas, quotes and line breaks in it', async () => {
    const answer = 'He said "no",\r\nthen left.';
    const rows = await csvOf(sampleRecord({ messages: sampleMessages(answer) }), sampleRecord({ index: 1 }));
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({ id: 'orders/alpha', lastAnswer: 'He said "no",\nthen left.', costUsd: '0.0012' });
  });

  test('an unknown number is an empty cell, not zero', async () => {
    const [row] = await csvOf(sampleRecord({ costUsd: undefined, usage: {} }));
    expect(row).toMatchObject({ costUsd: '', inputTokens: '', cachedTokens: '' });
  });

  test('a sum of fractions has no noise in its last digits', async () => {
    const [row] = await csvOf(sampleRecord({ costUsd: 0.1 + 0.2 }));
    expect(row?.costUsd).toBe('0.3');
  });

  test('the reason of a failure is the first failed check', async () => {
    const failed = sampleAssertion({
      type: 'max_length',
      passed: false,
      explanation: '500 of at most 400',
      message: 'Be brief',
    });
    const [row] = await csvOf(sampleRecord({ verdict: 'failed', assertions: [sampleAssertion(), failed] }));
    expect(row).toMatchObject({
      reason: 'max_length',
      message: 'Be brief: 500 of at most 400',
      source: 'scenarios/orders.yaml:14',
      assertionsPassed: '1',
      assertionsFailed: '1',
    });
  });

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '=HYPERLINK("http://x","y")', '\uff1d1'])(
    'the answer %j is not a formula',
    async (answer) => {
      const [row] = await csvOf(sampleRecord({ messages: sampleMessages(answer) }));
      expect(row?.lastAnswer).toBe(`'${answer}`);
    },
  );

  test('control characters, terminal escapes and lone surrogates do not get through', async () => {
    const [row] = await csvOf(sampleRecord({ messages: sampleMessages('a\u0000b\u001b[31mc\u009bd\udc00e\u202ef') }));
    expect(row?.lastAnswer).toBe('a\ufffdb\ufffd[31mc\ufffdd\ufffde\ufffdf');
  });

  test('an answer of a megabyte is cut to what a spreadsheet takes', async () => {
    const [row] = await csvOf(sampleRecord({ messages: sampleMessages('😀'.repeat(500_000)) }));
    expect(row?.lastAnswer?.length).toBeLessThanOrEqual(32_000);
    expect(row?.lastAnswer).toMatch(/😀…$/u);
  });
});
