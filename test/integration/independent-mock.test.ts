/** Our clients against a mock of many vendors that others have written. */
import { LLMock } from '@copilotkit/aimock';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { JsonValue } from '../../src/core/conversation.js';
import type { RequestMessage } from '../../src/core/provider.js';
import { ask, failureOf, open, provider } from '../helpers/openai-calls.js';

const running: LLMock[] = [];

afterEach(async () => {
  for (const mock of running.splice(0)) await mock.stop();
});

async function mocked(prepare: (mock: LLMock) => unknown): Promise<string> {
  const mock = new LLMock({ port: 0, logLevel: 'silent' });
  prepare(mock);
  await mock.start();
  running.push(mock);
  return mock.url;
}

interface Vendor {
  type: string;
  model: string;
  /** Below the address of the mock. */
  path?: string;
  config?: { [name: string]: JsonValue };
  /** The mock's own word for an answer that calls tools, where it is none of the vendor's. */
  called?: string;
  /** What the mock is told that the call used. */
  usage: { [name: string]: number };
}

const vendors: [name: string, vendor: Vendor][] = [
  ['Anthropic', { type: 'claude', model: 'claude-sonnet-4-5', usage: { input_tokens: 12, output_tokens: 3 } }],
  [
    'Gemini',
    {
      type: 'gemini',
      model: 'gemini-2.5-flash',
      called: 'FUNCTION_CALL',
      usage: { promptTokenCount: 12, candidatesTokenCount: 3, totalTokenCount: 15 },
    },
  ],
  ['OpenAI', { type: 'openai', model: 'gpt-4o', path: '/v1', usage: { prompt_tokens: 12, completion_tokens: 3 } }],
  [
    'OpenAI’s responses',
    {
      type: 'openai',
      model: 'gpt-4o',
      path: '/v1',
      config: { api_mode: 'responses' },
      usage: { input_tokens: 12, output_tokens: 3 },
    },
  ],
];

describe.each(vendors)(
  'our client of %s',
  (_name, { type, model, path = '', config = {}, called = 'tool_calls', usage }) => {
    const client = (url: string) =>
      provider(
        `${url}${path}`,
        { type, model, additional_config: config },
        {
          ANTHROPIC_API_KEY: 'k',
          GEMINI_API_KEY: 'k',
          OPENAI_API_KEY: 'k',
        },
      );

    test.each([false, true])('reads a text and its usage (streamed: %s)', async (stream) => {
      const url = await mocked((mock) => mock.onMessage('hello', { content: 'Grüße, 世界 👋', usage }));
      const answer = await client(url).complete(ask('hello', { stream }), open);
      expect(answer).toMatchObject({ content: 'Grüße, 世界 👋', finishReason: 'stop' });
      expect(answer.usage).toMatchObject({ inputTokens: 12, outputTokens: 3 });
      expect(answer.ttftMs === undefined).toBe(!stream);
    });

    test.each([false, true])('calls tools at once and goes on with their results (streamed: %s)', async (stream) => {
      const url = await mocked((mock) => {
        const calls = [
          { name: 'weather', arguments: '{"city":"Rome","days":[1,2]}' },
          { name: 'weather', arguments: '{"city":"Oslo"}' },
        ];
        mock.on({ userMessage: 'warmer', hasToolResult: false }, { toolCalls: calls });
        mock.on({ userMessage: 'warmer', hasToolResult: true }, { content: 'Rome is.' });
      });
      const tools = [{ name: 'weather', description: 'Tells it.', inputSchema: { type: 'object' } }];
      const messages: RequestMessage[] = [{ role: 'user', content: 'Where is it warmer?' }];
      const more = { messages, tools, toolChoice: 'auto' as const, stream };
      const { toolCalls = [], finishReason, opaque, content } = await client(url).complete(ask('', more), open);
      expect(finishReason).toBe(called);
      expect(toolCalls.map(({ name, args }) => ({ name, args }))).toEqual([
        { name: 'weather', args: { city: 'Rome', days: [1, 2] } },
        { name: 'weather', args: { city: 'Oslo' } },
      ]);
      messages.push({ role: 'assistant', content, toolCalls, ...(opaque === undefined ? {} : { opaque }) });
      for (const { id, name } of toolCalls) messages.push({ role: 'tool', content: '21', toolResult: { id, name } });
      expect((await client(url).complete(ask('', more), open)).content).toBe('Rome is.');
    });

    test.each([
      [429, 'rate_limited'],
      [401, 'unauthorized'],
      [500, 'provider_unavailable'],
      [400, 'provider_rejected'],
    ])('takes status %i for %s', async (status, code) => {
      for (const stream of [false, true]) {
        const url = await mocked((mock) => mock.nextRequestError(status, { message: 'no' }));
        expect(await failureOf(client(url).complete(ask('hello', { stream }), open))).toMatchObject({ code, status });
      }
    });
  },
);

describe('thinking, at a mock that others have written,', () => {
  test.each([false, true])('comes back to Anthropic as it came (streamed: %s)', async (stream) => {
    const url = await mocked((mock) =>
      mock.onMessage('hello', { content: 'Hi', reasoning: 'hm', reasoningSignature: 's' }),
    );
    const more = { type: 'claude', model: 'claude-opus-4-8', additional_config: { thinking: { type: 'adaptive' } } };
    const client = provider(url, more, { ANTHROPIC_API_KEY: 'k' });
    const { content, opaque } = await client.complete(ask('hello', { stream }), open);
    expect(content).toBe('Hi');
    expect(opaque).toEqual({ wire: 'anthropic', layout: [{ type: 'thinking', thinking: 'hm', signature: 's' }, 2] });
  });
});
