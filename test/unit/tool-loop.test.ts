import { describe, expect, test } from '@jest/globals';
import type { Message, ToolCall } from '../../src/core/conversation.js';
import type { CompletionRequest } from '../../src/core/provider.js';
import { coerce } from '../../src/engine/tools/coerce.js';
import { type EngineBundleParts, engineBundle, hold, scripted } from '../helpers/engine-bundle.js';

const call = (name: string, args: ToolCall['args'] = {}, id = `id-${name}`): ToolCall => ({ id, name, args });
const calls = (...toolCalls: ToolCall[]) => ({ toolCalls });

const ORDER = {
  input_schema: {
    type: 'object',
    properties: {
      id: { type: 'integer' },
      unit: { type: 'string', enum: ['Metric', 'Imperial'] },
      full: { type: 'boolean' },
    },
    required: ['id'],
  },
  output_schema: { type: 'object', properties: { status: { type: 'string' } }, required: ['status'] },
  mock_result: { status: 'shipped', count: 2 },
};

/** Holds a conversation with these tools in which the model answers so, and keeps what it was asked. */
async function run(parts: EngineBundleParts, ...answers: Parameters<typeof scripted>) {
  const answer = scripted(...answers);
  const asked: CompletionRequest[] = [];
  const record = await hold(engineBundle(parts), {
    complete: (request) => {
      asked.push(request);
      return answer();
    },
  });
  const results = record.messages.filter(({ role }) => role === 'tool');
  return { record, asked, results, texts: results.map(({ content }) => content) };
}

describe('the tool loop', () => {
  test('calls are carried out, and the model answers with their results', async () => {
    const { record, asked, results } = await run(
      { tools: { order: ORDER } },
      calls(call('order', { id: 7 })),
      'It is shipped.',
    );
    expect(results).toEqual([
      {
        role: 'tool',
        content: '{\n  "count": 2,\n  "status": "shipped"\n}',
        toolResult: { id: 'id-order', name: 'order' },
      },
    ]);
    expect(asked[0]).toMatchObject({ toolChoice: 'auto', tools: [{ name: 'order', inputSchema: ORDER.input_schema }] });
    expect(asked[1]?.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool']);
    expect(record).toMatchObject({ verdict: 'passed', calls: 2, toolStats: { total: 1, byTool: { order: 1 } } });
  });

  test('several calls of one round are answered in their order', async () => {
    const many = Array.from({ length: 23 }, (_, index) => call('echo', { n: index }, `id-${index}`));
    const { results, texts } = await run({ tools: { echo: { mock_template: '{{.n}}' } } }, calls(...many), 'done');
    expect(results.map(({ toolResult }) => toolResult?.id)).toEqual(many.map(({ id }) => id));
    expect(texts).toEqual(many.map((_, index) => String(index)));
  });

  test('numbers, booleans and the case of enums in arguments are mended', async () => {
    const echo = { ...ORDER, output_schema: undefined, mock_template: '{{.id}} {{.unit}} {{if .full}}all{{end}}' };
    const { texts, record } = await run(
      { tools: { order: echo } },
      calls(call('order', { id: '7', unit: 'METRIC', full: 'TRUE' })),
      'ok',
    );
    expect(texts).toEqual(['{\n  "result": "7 Metric all"\n}']);
    expect(record.messages[2]?.toolCalls?.[0]?.args).toEqual({ id: '7', unit: 'METRIC', full: 'TRUE' });
  });

  test.each<[string, object, ToolCall, string]>([
    [
      'arguments that do not fit',
      ORDER,
      call('order', { id: 'x' }),
      'Error: arguments of order are not valid: id must be integer',
    ],
    [
      'a missing argument',
      ORDER,
      call('order'),
      'Error: arguments of order are not valid: (root) must have required property',
    ],
    ['a tool that is not there', ORDER, call('other'), 'Error: there is no tool other'],
    [
      'a result that does not fit',
      { ...ORDER, mock_result: { status: null } },
      call('order', { id: 1 }),
      'Tool execution failed: result validation failed: status must be string',
    ],
    ['a template that fails', { mock_template: '{{index .a 3}}' }, call('order'), 'Tool execution failed: '],
    ['a schema that cannot be used', { input_schema: { type: 'nothing' } }, call('order'), 'the schema cannot be used'],
  ])('%s is told to the model', async (_, spec, made, text) => {
    const { results, record } = await run({ tools: { order: spec } }, calls(made), 'Sorry.');
    expect(results[0]?.content).toContain(text);
    expect(results[0]?.toolResult?.error).toBeDefined();
    expect(record).toMatchObject({ verdict: 'passed', toolStats: { total: 1 } });
  });

  test.each<[object, string]>([
    [{}, '{\n  "result": "mock response"\n}'],
    [{ mock_result: 'plain' }, 'plain'],
    [{ mock_result: '{"a": 1}' }, '{"a": 1}'],
    [{ mock_result: [3, { b: 1, a: null }] }, '[\n  3,\n  {\n    "a": null,\n    "b": 1\n  }\n]'],
    [{ mock_template: '{"got": "{{.x}}"}', mock_result: 'not used' }, '{\n  "got": "<no value>"\n}'],
    [{ mock_template: 'not {{.x}} json' }, '{\n  "result": "not <no value> json"\n}'],
    [{ mode: 'client', mock_result: 'from the client' }, 'from the client'],
  ])('the mock %j answers %j', async (spec, text) => {
    expect((await run({ tools: { order: spec } }, calls(call('order')), 'ok')).texts).toEqual([text]);
  });

  test('parts of a mock reach the model with their files and the record without', async () => {
    const parts = [
      { type: 'text', text: 'a chart' },
      { type: 'image', media: { file_path: 'a.png', caption: 'chart' } },
    ];
    const { asked, results } = await run(
      { tools: { chart: { mock_result: { n: 1 }, mock_parts: parts } }, files: { 'a.png': new Uint8Array([1, 2, 3]) } },
      calls(call('chart')),
      'ok',
    );
    const image = { type: 'image', filePath: 'a.png', mimeType: 'image/png', caption: 'chart' };
    expect(asked[1]?.messages.at(-1)).toMatchObject({
      content: 'a chart',
      parts: [{ type: 'text' }, { ...image, data: 'AQID' }],
    });
    expect(results[0]?.parts).toEqual([{ type: 'text', text: 'a chart' }, image]);
  });

  test('a file that is not there ends the conversation', async () => {
    const tools = { chart: { mock_parts: [{ type: 'image', media: { file_path: 'none.png' } }] } };
    const { record } = await run({ tools }, 'never');
    expect(record).toMatchObject({ verdict: 'errored', error: { code: 'invalid_input' }, calls: 0 });
    expect(record.error?.message).toMatch(/^tools\/chart\.yaml:\d+:\d+ there is no file none\.png/);
  });
});

describe('the tool policy', () => {
  const tools = { order: { mock_result: 'ok' }, other: { mock_result: 'ok' } };
  const policy = (tool_policy: object, turns = 1): EngineBundleParts => ({
    tools,
    scenario: { tool_policy, turns: Array.from({ length: turns }, () => ({ role: 'user', content: 'Hello' })) },
  });

  test('the same call a third time is answered with a hint, a fourth time it is an error', async () => {
    const same = calls(call('order', { a: 1, b: 2 }));
    const { record, texts } = await run(policy({}), same, same, calls(call('order', { b: 2, a: 1 })), same);
    expect(texts.slice(0, 2)).toEqual(['ok', 'ok']);
    expect(texts[2]).toContain('3 times with the same arguments');
    expect(record).toMatchObject({ verdict: 'errored', error: { code: 'tool_loop' } });
  });

  test('other arguments are another call, and a new turn begins anew', async () => {
    const same = calls(call('order', { a: 1 }));
    const { record } = await run(policy({}, 2), same, calls(call('order', { a: 2 })), same, 'a', same, same, 'b');
    expect(record.verdict).toBe('passed');
  });

  test('max_identical_tool_calls sets that number', async () => {
    const same = calls(call('order'));
    const { texts } = await run(policy({ max_identical_tool_calls: 2 }), same, same, 'a');
    expect(texts[1]).toContain('2 times with the same arguments');
  });

  test('max_rounds ends a turn that never comes to an answer', async () => {
    const rounds = Array.from({ length: 3 }, (_, index) => calls(call('order', { index })));
    const { record } = await run(policy({ max_rounds: 2 }), ...rounds);
    expect(record).toMatchObject({ verdict: 'errored', error: { code: 'tool_loop' }, calls: 3 });
    const many = Array.from({ length: 51 }, (_, index) => calls(call('order', { index })));
    expect((await run(policy({}), ...many)).record).toMatchObject({ error: { code: 'tool_loop' }, calls: 51 });
  });

  test('max_cost_usd ends a turn that costs too much', async () => {
    const round = (index: number) => ({ ...calls(call('order', { index })), costUsd: 0.4 });
    const { record } = await run(policy({ max_cost_usd: 1 }), round(1), round(2), round(3));
    expect(record).toMatchObject({ verdict: 'errored', error: { code: 'cost_limit' }, calls: 3 });
  });

  test('blocked tools are not offered, and not carried out', async () => {
    const { asked, texts } = await run(policy({ blocklist: ['order'] }), calls(call('order')), 'ok');
    expect(asked[0]?.tools?.map(({ name }) => name)).toEqual(['other']);
    expect(texts).toEqual(['Error: tool order is blocked by policy']);
  });

  test.each([
    ['max_tool_calls_per_turn', 'no more than 2 tool calls in one turn'],
    ['max_total_tool_calls', 'no more than 2 tool calls in this conversation'],
  ])('%s withdraws the tools when it is reached', async (name, text) => {
    const three = [1, 2, 3].map((n) => call('order', { n }, `id-${n}`));
    const { asked, texts } = await run(policy({ [name]: 2 }), calls(...three), 'ok');
    expect(texts).toEqual(['ok', 'ok', `Error: ${text}`]);
    expect(asked[1]).not.toHaveProperty('tools');
  });

  test('max_total_tool_calls counts all turns, max_tool_calls_per_turn one', async () => {
    const one = (n: number) => calls(call('order', { n }));
    const total = await run(policy({ max_total_tool_calls: 1 }, 2), one(1), 'a', one(2), 'b');
    expect(total.texts[1]).toContain('in this conversation');
    const turn = await run(policy({ max_tool_calls_per_turn: 1 }, 2), one(1), 'a', one(2), 'b');
    expect(turn.texts).toEqual(['ok', 'ok']);
  });

  test('a tool that failed twice in a turn is withdrawn', async () => {
    const failing = { order: { mock_result: 1, output_schema: { type: 'string' } }, other: { mock_result: 'ok' } };
    const { asked, texts } = await run(
      { tools: failing },
      calls(call('order', { n: 1 })),
      calls(call('order', { n: 2 })),
      calls(call('order', { n: 3 })),
      'ok',
    );
    expect(texts[2]).toContain('tool order is no longer available');
    expect(asked[2]?.tools?.map(({ name }) => name)).toEqual(['other']);
  });

  test('a forced choice holds until a tool was called', async () => {
    const required = await run(policy({ tool_choice: 'required' }), calls(call('order')), 'ok');
    expect(required.asked.map(({ toolChoice }) => toolChoice)).toEqual(['required', 'auto']);
    const named = await run(policy({ tool_choice: 'order' }), calls(call('order')), 'ok');
    expect(named.asked.map(({ toolChoice }) => toolChoice)).toEqual([{ tool: 'order' }, 'auto']);
    const none = await run(policy({ tool_choice: 'none' }), 'ok');
    expect(none.asked[0]?.toolChoice).toBe('none');
  });

  test('the policy of the prompt holds where the scenario says nothing', async () => {
    const parts = {
      tools,
      prompt: { tool_policy: { max_rounds: 1, tool_choice: 'required' } },
      scenario: { tool_policy: { tool_choice: 'auto' } },
    };
    const { record, asked } = await run(parts, calls(call('order')), calls(call('other')));
    expect(record.error?.code).toBe('tool_loop');
    expect(asked[0]?.toolChoice).toBe('auto');
  });

  test.each<['grant' | 'deny' | 'timeout', string, boolean]>([
    ['grant', 'ok', false],
    ['deny', 'Tool order blocked by hook: Tool order denied: user declined consent', true],
    ['timeout', 'Tool order blocked by hook: Tool order denied: consent request timed out', true],
  ])('consent %s', async (decision, text, failed) => {
    const scenario = { turns: [{ role: 'user', content: 'Hello', consent_overrides: { order: decision } }] };
    const { texts, results } = await run({ tools, scenario }, calls(call('order')), 'ok');
    expect(texts).toEqual([text]);
    expect(results[0]?.toolResult?.error !== undefined).toBe(failed);
  });
});

describe('coercion', () => {
  const schema = {
    type: 'object',
    properties: {
      list: { type: 'array', items: { type: 'number' } },
      deep: { type: 'object', properties: { on: { type: ['boolean', 'null'] } } },
      text: { type: 'string' },
      either: { type: ['string', 'number'] },
    },
  };

  test('reaches into lists and maps, and leaves everything else alone', () => {
    const value = { list: ['1', ' 2.5 ', '1e3', 'x'], deep: { on: 'false' }, text: '7', either: '7', other: '7' };
    expect(coerce(value, schema)).toEqual({
      list: [1, 2.5, 1000, 'x'],
      deep: { on: false },
      text: '7',
      either: '7',
      other: '7',
    });
  });

  test('a key that looks like a prototype stays a key', () => {
    const value = JSON.parse('{"__proto__": {"polluted": true}}');
    const result = coerce(value, schema);
    expect(Object.keys(result ?? {})).toEqual(['__proto__']);
    expect((result as unknown as Message & { polluted?: boolean }).polluted).toBeUndefined();
  });
});
