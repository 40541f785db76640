/**
 * What an independent mock of the services answers, whole and streamed, and what it understands of our requests. Where it
 * speaks unlike the service, the row says so and is left to the tests of the wire.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { RequestMessage } from '../../src/core/provider.js';
import { type LLMock, providerAt, startAimock, WEATHER } from '../helpers/aimock.js';
import { WIRES } from '../helpers/fault-server-wires.js';
import { ask, open } from '../helpers/openai-calls.js';

const SPOKEN = 'Grüße aus Rom – 21 °C, “sunny” 🌞 and\nwarm.';

/** In the words of every service: the mock takes those that belong to it. */
const COUNTS = {
  prompt_tokens: 31,
  completion_tokens: 17,
  input_tokens: 31,
  output_tokens: 17,
  promptTokenCount: 31,
  candidatesTokenCount: 17,
};

/**
 * What the mock gives in place of the service's own words: Gemini ends calls with STOP and has no FUNCTION_CALL (see
 * `FinishReason` of its reference); the mock's Ollama always stops and counts nothing.
 */
const ENDS: { [wire: string]: { calls?: string; length?: string } } = {
  gemini: { calls: 'FUNCTION_CALL' },
  // The service says why a response is incomplete; the mock does not.
  'openai responses': { length: 'incomplete' },
  ollama: { length: 'stop' },
};

/** The mock puts events of such streams into its messages as they are; AWS wraps them in base64 (`PayloadPart.bytes`). */
const NOT_STREAMED = 'bedrock invoke';

const KINDS = WIRES.flatMap((wire) => {
  const whole = [wire.name, 'whole', wire, false] as const;
  return wire.name === NOT_STREAMED ? [whole] : [whole, [wire.name, 'streamed', wire, true] as const];
});

describe.each(KINDS)('%s, %s', (name, _, wire, stream) => {
  let mock: LLMock;
  beforeAll(async () => {
    mock = await startAimock();
  });
  beforeEach(() => {
    mock.clearFixtures();
  });
  afterAll(() => mock.stop());

  const call = (request: Parameters<typeof ask>[1] = {}) =>
    providerAt(wire, mock).complete(ask('hello', { stream, ...request }), open);

  test('says a text, with its tokens', async () => {
    mock.onMessage('hello', { content: SPOKEN, usage: COUNTS });
    const { content, finishReason, usage, ttftMs } = await call();
    expect({ content, finishReason }).toEqual({ content: SPOKEN, finishReason: 'stop' });
    const counted = name === 'ollama' ? { inputTokens: 0, outputTokens: 0 } : { inputTokens: 31, outputTokens: 17 };
    expect(usage).toMatchObject(counted);
    expect(ttftMs === undefined).toBe(!stream);
  });

  test('calls tools, several at once, behind some text', async () => {
    mock.onMessage('hello', {
      content: 'Let me see.',
      toolCalls: [
        { id: 'call_rome', name: 'weather', arguments: '{"city":"Röm","days":[1,2]}' },
        { id: 'call_oslo', name: 'weather', arguments: '{"city":"Oslo"}' },
      ],
    });
    const { content, finishReason, toolCalls = [] } = await call({ tools: [WEATHER] });
    expect({ content, finishReason }).toEqual({
      content: 'Let me see.',
      finishReason: ENDS[name]?.calls ?? 'tool_calls',
    });
    expect(toolCalls).toMatchObject([
      { name: 'weather', args: { city: 'Röm', days: [1, 2] } },
      { name: 'weather', args: { city: 'Oslo' } },
    ]);
    expect(new Set(toolCalls.map(({ id }) => id)).size).toBe(2);
  });

  test('is told the results of its calls, and goes on', async () => {
    const seen: { messages: unknown[]; tools?: unknown[]; [member: string]: unknown }[] = [];
    mock.on(
      {
        toolResultContains: '21 degrees',
        systemMessage: 'Be brief.',
        predicate: (request) => {
          seen.push(request);
          return true;
        },
      },
      { content: SPOKEN },
    );
    mock.onMessage('hello', { toolCalls: [{ name: 'weather', arguments: '{"city":"Röm"}' }] });
    const system: RequestMessage = { role: 'system', content: 'Be brief.' };
    const user: RequestMessage = { role: 'user', content: 'hello' };
    const parameters = { temperature: 0.5, maxTokens: 40 };
    const first = await call({ tools: [WEATHER], messages: [system, user], parameters });
    const id = first.toolCalls?.[0]?.id ?? '';
    const { content, toolCalls, opaque } = first;
    const said: RequestMessage = { role: 'assistant', content, toolCalls, opaque };
    const result: RequestMessage = { role: 'tool', content: '21 degrees', toolResult: { id, name: 'weather' } };
    const second = await call({ tools: [WEATHER], messages: [system, user, said, result], parameters });
    expect(second.content).toBe(SPOKEN);
    const request = seen.at(-1);
    expect(request).toMatchObject({ temperature: 0.5, max_tokens: 40 });
    // Gemini takes JSON Schema as `parametersJsonSchema`, which the mock does not know.
    const schema = name === 'gemini' ? undefined : WEATHER.inputSchema;
    expect(request?.tools).toMatchObject([
      { function: { name: 'weather', description: WEATHER.description, parameters: schema } },
    ]);
    expect(request?.messages).toMatchObject([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hello' },
      { role: 'assistant', tool_calls: [{ function: { name: 'weather', arguments: '{"city":"Röm"}' } }] },
      // Gemini takes objects alone, with what a function gives back in `output`.
      { role: 'tool', content: name === 'gemini' ? '{"output":"21 degrees"}' : '21 degrees' },
    ]);
  });

  test('stops at its limit', async () => {
    mock.onMessage('hello', { content: 'Half', finishReason: 'length' });
    expect(await call()).toMatchObject({ content: 'Half', finishReason: ENDS[name]?.length ?? 'length' });
  });

  test('thinks, which is no part of what it says', async () => {
    mock.onMessage('hello', { content: 'Said', reasoning: 'Thought first.' });
    expect(await call()).toMatchObject({ content: 'Said', finishReason: 'stop' });
  });
});
