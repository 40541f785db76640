import { describe, expect, test } from '@jest/globals';
import type { ConversationRecord, JsonValue, Message } from '../../../src/core/conversation.js';
import { recordSeed } from '../../../src/core/datagen/record-seed.js';
import { type Made, RecordMaker, recordFaults } from '../../../src/engine/datagen/record-maker.js';
import { dataRecordSchema } from '../../../src/schema/data-record.js';

const SEED = 5;

function conversation(messages: Message[], rest: Partial<ConversationRecord> = {}): ConversationRecord {
  return {
    ...{ schemaVersion: 1, id: 's/p/r4', index: 3, scenario: 's', provider: 'p', trial: 1, verdict: 'passed' },
    ...{ messages, assertions: [], violations: [], usage: { inputTokens: 7 }, costUsd: 0.5, calls: 1, attempt: 1 },
    timing: { startedAt: 1, durationMs: 2, callMs: 3, waitMs: 4 },
    ...rest,
  };
}

const said = (answer: string, rest: Partial<ConversationRecord> = {}) =>
  conversation(
    [
      { role: 'system', content: 'You help.' },
      { role: 'user', content: 'Where is it?', persona: 'ada' },
      { role: 'assistant', content: answer },
    ],
    rest,
  );

type Shape = { schema?: { [key: string]: JsonValue }; template?: JsonValue };
const make = (record: ConversationRecord, shape: Shape = {}, keep: 'all' | 'passed' = 'all'): Made =>
  new RecordMaker({ seed: SEED, keep, record: shape }).make(record);
const dataOf = (made: Made) => ('record' in made ? made.record.data : made.message);

describe('a record of a conversation', () => {
  const record = said('On its way.', {
    assertions: [
      { level: 'turn', type: 'contains', passed: true, explanation: 'yes' },
      { level: 'turn', type: 'llm_judge', passed: false, score: 0.25, explanation: 'no' },
      { level: 'turn', type: 'never', passed: true, skipped: true, explanation: 'not asked' },
    ],
    verdict: 'failed',
  });

  test('holds the chat and where it comes from, as the schema says', () => {
    const made = make(record);
    expect(made).toEqual({
      record: {
        messages: [
          { role: 'system', content: 'You help.' },
          { role: 'user', content: 'Where is it?' },
          { role: 'assistant', content: 'On its way.' },
        ],
        metadata: {
          ...{ id: 's/p/r4', scenario: 's', provider: 'p', persona: 'ada', seed: recordSeed(SEED, 3) },
          ...{ usage: { inputTokens: 7 }, costUsd: 0.5, verdict: 'failed' },
          checks: [
            { type: 'contains', passed: true },
            { type: 'llm_judge', passed: false, score: 0.25 },
          ],
        },
      },
    });
    expect(dataRecordSchema.safeParse('record' in made && made.record).success).toBe(true);
  });

  test('holds calls of tools as fine-tuning takes them', () => {
    const made = make(
      conversation([
        { role: 'user', content: 'Where?' },
        { role: 'assistant', content: '', toolCalls: [{ id: 'c1', name: 'look', args: { order: 'Q"1' } }] },
        { role: 'tool', content: '{"at":"sea"}', toolResult: { id: 'c1', name: 'look' } },
        { role: 'assistant', content: 'At sea.' },
      ]),
    );
    expect('record' in made && made.record.messages.slice(1, 3)).toEqual([
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{"order":"Q\\"1"}' } }],
      },
      { role: 'tool', content: '{"at":"sea"}', tool_call_id: 'c1' },
    ]);
  });

  // shows JobInput.dataGen.keep
  test.each<[string, Partial<ConversationRecord>, 'all' | 'passed', unknown]>([
    ['passed', {}, 'passed', undefined],
    ['failed', { verdict: 'failed' }, 'all', undefined],
    ['failed', { verdict: 'failed' }, 'passed', 'failedChecks'],
    ['errored', { verdict: 'errored' }, 'all', 'errored'],
    ['errored', { verdict: 'errored' }, 'passed', 'errored'],
  ])('that %s (%j) with keep: %s is left out as %s', (_, rest, keep, left) => {
    const made = make(said('Yes.', rest), {}, keep);
    expect('left' in made ? made.left : undefined).toBe(left);
  });
});

describe('a JSON Schema of the last answer', () => {
  const schema = { type: 'object', properties: { age: { type: 'integer' } }, required: ['age'] };
  // shows JobInput.dataGen.record.schema
  test.each<[string, string, unknown]>([
    ['plain JSON', '{"age": 7}', { age: 7 }],
    ['a fence around it', 'Here:\n```json\n{"age": 7}\n```', { age: 7 }],
    ['words around it', 'The age is {"age": 7}.', 'the last answer is not JSON'],
    ['another shape', '{"age": "seven"}', 'age must be integer'],
    ['a missing field', '{}', "(root) must have required property 'age'"],
    ['keys of every object', '{"age": 7, "__proto__": 1}', JSON.parse('{"age": 7, "__proto__": 1}')],
  ])('takes or refuses %s', (_, answer, expected) => {
    expect(dataOf(make(said(answer), { schema }))).toEqual(expected);
  });

  test.each([
    [{ type: 'nonsense' }, /^cannot be used: /],
    [{ $ref: '#/definitions/none' }, /^cannot be used: /],
  ])('that cannot be used is told before anything is called: %j', (bad, message) => {
    expect(recordFaults({ schema: bad })).toEqual([{ path: ['schema'], message: expect.stringMatching(message) }]);
  });
});

describe('a template', () => {
  const record = conversation(
    [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'One?' },
      { role: 'assistant', content: 'First.' },
      { role: 'user', content: 'Two?' },
      { role: 'assistant', content: '{"n": 5, "list": [{"x": null}]}' },
    ],
    { perturbation: { city: 'Rome' } },
  );
  // shows JobInput.dataGen.record.template
  test.each<[JsonValue, unknown]>([
    ['{{user}}', 'Two?'],
    ['{{user.1}} {{answer.1}}', 'One? First.'],
    ['{{json.n}}', 5],
    ['n={{json.n}}', 'n=5'],
    ['{{json.list.0}}', { x: null }],
    ['{{json.list.0.x}}', null],
    ['{{json}}', { n: 5, list: [{ x: null }] }],
    ['{{perturbation.city}} {{system}} {{verdict}}', 'Rome Be brief. passed'],
    [
      { a: ['{{number}}', 1, null, true], b: { c: '{{id}}' } },
      { a: [4, 1, null, true], b: { c: 's/p/r4' } },
    ],
    ['{{seed}}', recordSeed(SEED, 3)],
    ['{{region}}/{{scenario}}/{{provider}}', 'default/s/p'],
    ['{{user.3}}', 'the conversation has nothing for {{user.3}}'],
    ['{{json.none}}', 'the conversation has nothing for {{json.none}}'],
    ['{{json.toString}}', 'the conversation has nothing for {{json.toString}}'],
    ['{{persona}}', 'the conversation has nothing for {{persona}}'],
    ['no { braces }', 'no { braces }'],
  ])('%j becomes %j', (template, expected) => {
    expect(recordFaults({ template })).toEqual([]);
    expect(dataOf(make(record, { template }))).toEqual(expected);
  });

  test('with the messages as they are', () => {
    expect(dataOf(make(said('Yes.'), { template: { chat: '{{messages}}' } }))).toMatchObject({
      chat: [{ role: 'system' }, { role: 'user', content: 'Where is it?' }, { role: 'assistant', content: 'Yes.' }],
    });
  });

  test.each([
    '{{nonsense}}',
    '{{user.0}}',
    '{{user.x}}',
    '{{id.x}}',
    '{{perturbation}}',
    '{{json..a}}',
    '{{ user }}',
    '{{toString}}',
  ])('%s means nothing, which is told with its place before anything is called', (template) => {
    expect(recordFaults({ template: { deep: [template] } })).toEqual([
      {
        path: ['template', 'deep', '0'],
        message: expect.stringContaining(`holds ${template}, which means nothing: there are id,`),
      },
    ]);
  });

  test('a placeholder in the place of a key is told of', () => {
    expect(recordFaults({ template: { rows: [{ '{{user}}': '{{answer}}' }] } })).toEqual([
      { path: ['template', 'rows', '0'], message: expect.stringMatching(/^holds \{\{user\}\} in a key.*as a value$/) },
    ]);
  });

  test('that grows beyond a million characters gives no record', () => {
    const template = Array.from({ length: 200 }, () => '{{answer}}');
    expect(dataOf(make(said('x'.repeat(10_000)), { template }))).toBe('the record grows beyond 1048576 characters');
  });

  test('beside a schema shapes the record, and the answer must meet the schema', () => {
    const shape = { schema: { type: 'object' }, template: '{{json.n}}' };
    expect(dataOf(make(record, shape))).toBe(5);
    expect(dataOf(make(said('[]'), shape))).toBe('(root) must be object');
  });
});
