import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { readRecordings } from '../../src/bundle/recordings/read-recordings.js';
import { dialogue, faultsOf, read } from '../helpers/recordings.js';

describe('a session recording', () => {
  const session = {
    metadata: { session_id: 's-1', start_time: '2024-01-15T10:00:00Z' },
    events: [
      { sequence: 2, type: 'message.created', offset: 2_500_000_000, data: { role: 'assistant', content: 'Hi' } },
      { sequence: 1, type: 'message.created', offset: 0, data: { role: 'user', content: 'Hello' } },
      { sequence: 3, type: 'provider.call.completed', offset: 2_500_000_000, data: { tokens: 4 } },
      { sequence: 4, type: 'message.updated', data: { index: 1, latency_ms: 900, input_tokens: 3, total_cost: 0.01 } },
    ],
  };

  test('brings its messages in order, with times, cost and what it says about itself', () => {
    expect(read('a.recording.json', session)).toEqual([
      {
        messages: [
          { role: 'user', content: 'Hello', at: Date.parse('2024-01-15T10:00:00Z') },
          {
            role: 'assistant',
            content: 'Hi',
            at: Date.parse('2024-01-15T10:00:02.500Z'),
            latencyMs: 900,
            costUsd: 0.01,
            usage: { inputTokens: 3 },
          },
        ],
        offsetsMs: [0, 2500],
        metadata: { session_id: 's-1', start_time: '2024-01-15T10:00:00Z' },
      },
    ]);
  });

  test('may be a stream of events, bare or wrapped, after a line about the session', () => {
    const lines = [
      { metadata: { session_id: 's-2' } },
      {
        seq: 1,
        event: { type: 'message.created', timestamp: '2024-01-15T10:00:00Z', data: { role: 'user', content: 'A' } },
      },
      { seq: 2, type: 'message', timestamp: '2024-01-15T10:00:03Z', message: { role: 'assistant', content: 'B' } },
    ];
    const [recording] = read('a.jsonl', `${lines.map((line) => JSON.stringify(line)).join('\n')}\n\n`);
    expect(dialogue(recording)).toEqual(['user: A', 'assistant: B']);
    expect(recording?.offsetsMs).toEqual([0, 3000]);
    expect(recording?.metadata).toEqual({ session_id: 's-2' });
  });

  test('may name its fields as programs in Go do', () => {
    const call = { ID: 'c1', Name: 'find', Args: '{"OrderID":7}' };
    const events = [
      { Role: 'user', Content: 'Where?', Index: 0, ToolCalls: null },
      { Role: 'assistant', Content: '', Index: 1, ToolCalls: [call] },
      { Role: 'tool', Content: '', Index: 2, ToolResult: { ID: 'c1', Name: 'find', Content: 'here', LatencyMs: 4 } },
      { Role: 'assistant', Content: 'Here.', Index: 3 },
    ].map((data) => ({ type: 'message.created', data }));
    const costs = { type: 'message.updated', data: { Index: 3, LatencyMs: 12, InputTokens: 5, TotalCost: 0.5 } };
    const [recording] = read('a.jsonl', [...events, costs].map((event) => JSON.stringify(event)).join('\n'));
    expect(recording?.messages).toMatchObject([
      { role: 'user', content: 'Where?' },
      { role: 'assistant', content: '', toolCalls: [{ id: 'c1', name: 'find', args: { OrderID: 7 } }] },
      { role: 'tool', content: 'here', toolResult: { id: 'c1', name: 'find' } },
      { role: 'assistant', content: 'Here.', latencyMs: 12, costUsd: 0.5, usage: { inputTokens: 5 } },
    ]);
  });

  test('of the corpus is read', () => {
    const path = '../shared/corpus/session-replay/recordings/geography-session.recording.json';
    const { conversations } = readRecordings(path, readFileSync(path), 'session');
    expect(conversations.map(({ durationMs }) => durationMs)).toEqual([63_000]);
    expect(conversations[0]?.read().messages).toHaveLength(6);
  });
});

describe('the result of a run', () => {
  const run = (id: string) => ({
    schemaVersion: 1,
    id,
    scenario: 'greeting',
    messages: [
      { role: 'user', content: 'Where is it?', persona: 'hurried' },
      { role: 'assistant', content: '', toolCalls: [{ id: 'c1', name: 'find', args: { id: 7 } }] },
      { role: 'tool', content: '{}', toolResult: { id: 'c1', name: 'find', error: 'gone', latencyMs: 4 } },
      {
        role: 'assistant',
        content: 'Lost',
        usage: { inputTokens: 2, outputTokens: 1 },
        violations: [{ validator: 'banned_words', direction: 'output', score: 0 }],
        state: 'done',
      },
    ],
  });

  test('is every conversation of our own files, one a line or in one list', () => {
    const records = [run('greeting/a'), run('greeting/b')];
    const lines = read('results.jsonl', records.map((record) => JSON.stringify(record)).join('\n'));
    expect(lines).toEqual(read('results.json', records));
    expect(lines.map(({ metadata }) => metadata.id)).toEqual(['greeting/a', 'greeting/b']);
    expect(lines[0]?.messages).toEqual(run('').messages);
  });

  test('is one run of the reference, with tools, guardrails, persona and cost', () => {
    const [recording] = read('x.json', {
      RunID: 'r1',
      ScenarioID: 's',
      Messages: [
        { role: 'user', content: 'Hi', meta: { self_play_execution: { persona: 'calm' } } },
        { role: 'assistant', content: '', tool_calls: [{ id: 'c', name: 't', args: { a: 1 } }] },
        {
          role: 'tool',
          content: '',
          tool_result: { id: 'c', name: 't', parts: [{ type: 'text', text: '42' }], error: '' },
        },
        {
          role: 'assistant',
          content: 'It is 42',
          parts: [{ type: 'text', text: 'It is 42' }],
          latency_ms: 12,
          cost_info: { input_tokens: 5, output_tokens: 3, cached_tokens: 0, total_cost_usd: 0.02 },
          validations: [
            { validator_type: 'a', passed: true },
            { validator_type: 'b', passed: false, details: { direction: 'input', score: 0.5 } },
          ],
          meta: { current_workflow_state: 'open' },
        },
      ],
    });
    expect(recording?.messages).toEqual([
      { role: 'user', content: 'Hi', persona: 'calm' },
      { role: 'assistant', content: '', toolCalls: [{ id: 'c', name: 't', args: { a: 1 } }] },
      { role: 'tool', content: '42', toolResult: { id: 'c', name: 't' } },
      {
        role: 'assistant',
        content: 'It is 42',
        latencyMs: 12,
        usage: { inputTokens: 5, outputTokens: 3, cachedTokens: 0 },
        costUsd: 0.02,
        violations: [{ validator: 'b', direction: 'input', score: 0.5 }],
        state: 'open',
      },
    ]);
  });
});

describe('the names of conversations', () => {
  test('are told apart, also where very many are the same', () => {
    const line = JSON.stringify({ schemaVersion: 1, id: 'a/b', scenario: 'a', messages: [] });
    const { conversations } = readRecordings('r.jsonl', Buffer.from(`${line}\n`.repeat(20_000)), undefined);
    expect(conversations.slice(0, 2).map(({ name }) => name)).toEqual(['a/b', 'a/b~2']);
    expect(new Set(conversations.map(({ name }) => name)).size).toBe(20_000);
  });
});

describe('a file that is no recording', () => {
  test.each([
    ['broken JSON', 'c.json', '{\n "messages": [}', undefined, /^c\.json:2:\d+ is not valid JSON/],
    [
      'a broken line',
      'c.jsonl',
      '{"role":"user","content":"A"}\n{"role":',
      undefined,
      /^c\.jsonl:2:\d+ is not valid JSON/,
    ],
    ['broken YAML', 't.yaml', 'messages: [', undefined, /^t\.yaml:\d+:\d+ is not valid YAML/],
    ['bytes that are no text', 'c.json', '\u0000', undefined, /is not valid JSON/],
    ['no messages', 'c.json', { foo: 1 }, undefined, /^c\.json:1:1 must hold a list of messages/],
    ['an empty list', 'c.json', [], undefined, /holds no message/],
    ['an empty file of lines', 'c.jsonl', '\n', undefined, /holds no conversation/],
    [
      'an unknown role',
      'c.json',
      '[\n {"role": "ghost", "content": "A"}]',
      undefined,
      /^c\.json:2:3 the role "ghost" is not known, one of/,
    ],
    ['no role', 'c.json', [{ content: 'A' }], undefined, /has no role/],
    [
      'content of a wrong kind',
      'c.json',
      [
        { role: 'user', content: 7 },
        { role: 'user', content: {} },
      ],
      undefined,
      /must be a text or a list of parts, not a map/,
    ],
    [
      'a part of an unknown kind',
      'c.json',
      [{ role: 'user', content: [{ type: 'smell' }] }],
      undefined,
      /a part of type "smell" is not known/,
    ],
    [
      'a call without a name',
      'c.json',
      [{ role: 'assistant', tool_calls: [{}] }],
      undefined,
      /tool call without a name/,
    ],
    ['a session without events', 'c.json', { messages: [] }, 'session' as const, /has no list of events/],
    ['events without messages', 'c.recording.json', { events: [{ type: 'x' }] }, undefined, /holds no message/],
    ['a run without messages', 'c.json', { RunID: 'r' }, 'arena_output' as const, /has no list of messages/],
    [
      'too many messages',
      'c.json',
      Array.from({ length: 20_001 }, () => ({ role: 'user', content: 'A' })),
      undefined,
      /at most 20000 can be judged/,
    ],
    ['nesting without end', 'c.json', `${'['.repeat(5000)}${']'.repeat(5000)}`, undefined, /nested/],
    [
      'a YAML alias bomb',
      't.yaml',
      `a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nmessages: [*c,*c,*c,*c,*c,*c,*c,*c]\n`,
      undefined,
      /aliases expand to too much/,
    ],
  ])('is told for %s', (_what, file, content, type, expected) => {
    expect(faultsOf(file, content, type).join('\n')).toMatch(expected);
  });

  test('does not reach into the prototypes of objects', () => {
    const [recording] = read('c.json', '[{"role":"user","content":"A","__proto__":{"persona":"x"}}]');
    expect(recording?.messages).toEqual([{ role: 'user', content: 'A' }]);
    expect(faultsOf('c.json', '[{"__proto__":{"role":"user","content":"A"}}]').join()).toMatch(/has no role/);
  });
});
