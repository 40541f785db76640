import { describe, expect, test } from '@jest/globals';
import type { ConversationRecord } from '../../src/core/conversation.js';
import { HOSTILE_TEXTS } from '../helpers/hostile-texts.js';
import { report } from '../helpers/report-memory.js';
import { sampleAssertion, sampleMessages, sampleRecord, sampleSummary } from '../helpers/sample-records.js';
import { parseXml } from '../helpers/strict-xml.js';

async function junitOf(records: readonly ConversationRecord[], includeSystemOut = false) {
  const { output } = await report(['junit'], records, { junit: { includeSystemOut } });
  return parseXml(output.text('junit.xml'));
}

const failed = (over: Partial<ConversationRecord>): ConversationRecord =>
  sampleRecord({
    verdict: 'failed',
    assertions: [
      sampleAssertion(),
      sampleAssertion({
        type: 'max_length',
        passed: false,
        score: 0.5,
        explanation: '500 of at most 400',
        message: 'Be brief',
      }),
      sampleAssertion({ type: 'contains', passed: false, explanation: 'not found', message: undefined }),
    ],
    ...over,
  });
const errored = (over: Partial<ConversationRecord>): ConversationRecord =>
  sampleRecord({
    verdict: 'errored',
    assertions: [],
    error: { code: 'unauthorized', message: 'alpha answered 401', hint: 'Check the key.', status: 401 },
    ...over,
  });

describe('junit.xml', () => {
  test('has a suite for each scenario with exact counts', async () => {
    const root = await junitOf([
      sampleRecord(),
      failed({ provider: 'beta' }),
      errored({ scenario: 'refunds' }),
      sampleRecord({ scenario: 'refunds', provider: 'beta' }),
    ]);
    expect(root.attributes).toMatchObject({ name: 'bookshop', tests: '4', failures: '1', errors: '1', time: '65.000' });
    expect(root.children.map(({ attributes }) => attributes)).toMatchObject([
      { name: 'orders', tests: '2', failures: '1', errors: '0', time: '2.500' },
      { name: 'refunds', tests: '2', failures: '0', errors: '1' },
    ]);
  });

  test('names are the same in every run', async () => {
    const names = async (run: string) => {
      const records = [sampleRecord(), failed({ provider: 'beta' })];
      const { output } = await report(
        ['junit'],
        records,
        {},
        sampleSummary(records, { run, startedAt: 0, endedAt: 9 }),
      );
      return parseXml(output.text('junit.xml')).children.flatMap((suite) => [
        suite.attributes.name,
        ...suite.children.map(({ attributes }) => [attributes.classname, attributes.name]),
      ]);
    };
    expect(await names('bookshop/1')).toEqual(['orders', ['orders', 'orders/alpha'], ['orders', 'orders/beta']]);
    expect(await names('bookshop/2')).toEqual(await names('bookshop/1'));
  });

  test('trials and regions are suites of their own, so each suite is whole', async () => {
    const cells = [
      { scenario: 'orders', trial: 1 },
      { scenario: 'refunds', trial: 1 },
      { scenario: 'orders', trial: 2 },
      { scenario: 'orders', trial: 2, region: 'eu' },
    ];
    const root = await junitOf(cells.map((cell, index) => sampleRecord({ ...cell, index })));
    expect(root.children.map(({ attributes }) => attributes.name)).toEqual([
      'orders',
      'refunds',
      'orders (trial 2)',
      'orders (eu, trial 2)',
    ]);
    expect(root.children.every(({ attributes }) => attributes.tests === '1')).toBe(true);
  });

  test('a failed check is a failure with all reasons, scores and places', async () => {
    const root = await junitOf([failed({})]);
    const failure = root.children[0]?.children[0]?.children.find(({ name }) => name === 'failure');
    expect(failure?.attributes).toEqual({ type: 'max_length', message: 'Be brief: 500 of at most 400' });
    expect(failure?.text).toBe(
      [
        'max_length (message 2, score 0.5): 500 of at most 400',
        '  Be brief',
        '  at scenarios/orders.yaml:14',
        'contains (message 2, score 1): not found',
        '  at scenarios/orders.yaml:14',
      ].join('\n'),
    );
  });

  test('a conversation that could not be held is an error with the next step', async () => {
    const root = await junitOf([errored({})]);
    const error = root.children[0]?.children[0]?.children.find(({ name }) => name === 'error');
    expect(error?.attributes).toEqual({ type: 'unauthorized', message: 'alpha answered 401' });
    expect(error?.text).toBe('unauthorized (status 401): alpha answered 401\nnext: Check the key.');
  });

  test('properties carry provider, tokens, cost and counts of checks', async () => {
    const root = await junitOf([failed({ costUsd: undefined })]);
    const rows = root.children[0]?.children[0]?.children.find(({ name }) => name === 'properties')?.children ?? [];
    const properties = Object.fromEntries(rows.map(({ attributes }) => [attributes.name, attributes.value]));
    expect(properties).toMatchObject({ provider: 'alpha', inputTokens: '120', 'assertions.failed': '2', attempt: '1' });
    expect(properties).not.toHaveProperty('costUsd');
  });

  test.each([
    [false, 0],
    [true, 1],
  ])('with include_system_out %s a test case has %i transcripts', async (include, count) => {
    const [suite] = (await junitOf([sampleRecord()], include)).children;
    const outputs = suite?.children[0]?.children.filter(({ name }) => name === 'system-out') ?? [];
    expect(outputs).toHaveLength(count);
    for (const { text } of outputs) expect(text).toContain('user: Where is my order?\nassistant: Your order left');
  });

  test.each(HOSTILE_TEXTS)('stays well-formed with %j', async (text) => {
    const assertions = [sampleAssertion({ passed: false, type: text, explanation: text, message: text, source: text })];
    const record = failed({ scenario: text, provider: text, id: text, assertions, messages: sampleMessages(text) });
    const root = await junitOf([record, errored({ error: { code: 'internal', message: text, hint: text } })], true);
    expect(root.attributes.tests).toBe('2');
  });

  test('what XML can carry comes out as it went in', async () => {
    const text = 'a < b && c > "d" \'e\'\nnext\tline 😀';
    const root = await junitOf([sampleRecord({ id: text })]);
    expect(root.children[0]?.children[0]?.attributes.name).toBe(text);
  });

  test('an answer of a megabyte is cut', async () => {
    const record = sampleRecord({ messages: sampleMessages('x'.repeat(1_000_000)) });
    const { files } = await report(['junit'], [record], { junit: { includeSystemOut: true } });
    expect(files.find(({ path }) => path === 'junit.xml')?.bytes).toBeLessThan(10_000);
  });
});
