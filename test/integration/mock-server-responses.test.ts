/** The mock server's responses API against OpenAI's own client. */
import { describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import type { MockServer } from '../../src/io/mock-server/server.js';
import { answering, gathered, inFlight, KEY, rejection, SPOKEN, TOOL_ROUND, vendor } from '../helpers/mock-vendor.js';

const clientOf = ({ url }: MockServer) => new OpenAI({ baseURL: url, apiKey: KEY, maxRetries: 0 });

const TOOLS: OpenAI.Responses.Tool[] = [{ type: 'function', name: 'weather', parameters: {}, strict: false }];

const QUESTION: OpenAI.Responses.ResponseInput = [
  { role: 'user', content: [{ type: 'input_text', text: 'Where is it warmer?' }] },
];

const usage = {
  prompt_tokens: 40,
  completion_tokens: 12,
  cached_tokens: 30,
  cache_creation_tokens: 4,
  reasoning_tokens: 5,
};

describe('responses', () => {
  test('carry a text with its usage, and repeat what was asked', async () => {
    const client = clientOf(await answering({ text: SPOKEN, usage }));
    const answer = await client.responses.create({
      model: 'gpt-test',
      input: 'Hello',
      instructions: 'Be brief.',
      temperature: 0.5,
      metadata: { run: 'r1' },
    });
    expect(answer).toMatchObject({
      status: 'completed',
      model: 'gpt-test',
      output_text: SPOKEN,
      instructions: 'Be brief.',
      temperature: 0.5,
      metadata: { run: 'r1' },
      error: null,
      incomplete_details: null,
    });
    expect(answer.usage).toEqual({
      input_tokens: 40,
      input_tokens_details: { cached_tokens: 30, cache_write_tokens: 4 },
      output_tokens: 12,
      output_tokens_details: { reasoning_tokens: 5 },
      total_tokens: 52,
    });
  });

  test('stream typed events in their order, numbered, which end in the same document', async () => {
    const client = clientOf(await answering({ text: SPOKEN, thinking: 'Rome, then.', usage, chunks: 3 }));
    const request = { model: 'gpt-test', input: QUESTION };
    const events = await gathered(await client.responses.create({ ...request, stream: true }));
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, index) => index));
    const summary = 'response.reasoning_summary_text.delta';
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.reasoning_summary_part.added',
      summary,
      summary,
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    // The client puts a document together from the events alone, and compares nothing with the last one.
    const built = await client.responses.stream(request).finalResponse();
    expect(built.output_text).toBe(SPOKEN);
    expect(built.output[0]).toMatchObject({ type: 'reasoning', summary: [{ text: 'Rome, then.' }] });
    expect(built.usage).toMatchObject({ total_tokens: 52 });
  });

  test.each([false, true])(
    'make parallel tool calls and go on after their results (streamed: %s)',
    async (streamed) => {
      const client = clientOf(await vendor({ script: TOOL_ROUND }));
      const ask = async (input: OpenAI.Responses.ResponseInput) => {
        const request = { model: 'gpt-test', input, tools: TOOLS, instructions: 'Be brief.' };
        return streamed ? client.responses.stream(request).finalResponse() : client.responses.create(request);
      };
      const called = await ask(QUESTION);
      const calls = called.output.flatMap((item) => (item.type === 'function_call' ? [item] : []));
      expect(calls.map((call) => [call.call_id, call.name, JSON.parse(call.arguments)])).toEqual([
        ['call_rome', 'weather', { city: 'Rome', days: [1, 2] }],
        ['call_oslo', 'weather', { city: 'Oslo' }],
      ]);
      const results = calls.map((call, index) => ({
        type: 'function_call_output' as const,
        call_id: call.call_id,
        output: index === 0 ? '3 degrees' : '21 degrees',
      }));
      const made = calls.map(({ call_id, name, arguments: args }) => ({
        type: 'function_call' as const,
        call_id,
        name,
        arguments: args,
      }));
      expect((await ask([...QUESTION, ...made, ...results])).output_text).toBe('Rome is warmer.');
    },
  );

  test.each([
    ['length', 'max_output_tokens'],
    ['content_filter', 'content_filter'],
  ])('end incomplete after %s', async (finish_reason, reason) => {
    const client = clientOf(await answering({ text: 'Half of', finish_reason }));
    const expected = { status: 'incomplete', incomplete_details: { reason } };
    const request = { model: 'm', input: 'Hello' };
    expect(await client.responses.create(request)).toMatchObject(expected);
    const last = (await gathered(await client.responses.create({ ...request, stream: true }))).at(-1);
    expect(last).toMatchObject({ type: 'response.incomplete', response: expected });
  });

  test('say that they failed, although the call did not', async () => {
    const client = clientOf(await answering({ text: 'The model is gone.', finish_reason: 'failed' }));
    const expected = { status: 'failed', error: { code: 'server_error', message: 'The model is gone.' }, output: [] };
    const request = { model: 'm', input: 'Hello' };
    expect(await client.responses.create(request)).toMatchObject(expected);
    const last = (await gathered(await client.responses.create({ ...request, stream: true }))).at(-1);
    expect(last).toMatchObject({ type: 'response.failed', response: expected });
  });

  test('refuse in a part of their own', async () => {
    const client = clientOf(await answering({ refusal: 'I cannot help with that.' }));
    const content = [{ type: 'refusal', refusal: 'I cannot help with that.' }];
    const request = { model: 'm', input: 'Hello' };
    expect((await client.responses.create(request)).output[0]).toMatchObject({ content });
    expect((await client.responses.stream(request).finalResponse()).output[0]).toMatchObject({ content });
  });

  test('see images, system messages among the input, and the number of the turn', async () => {
    const answer = { text: 'As meant.' };
    const when = { media: 'image' as const, system: 'Be kind.', turn: 2, user: 'this' };
    const client = clientOf(await vendor({ script: { answers: [{ when, answer }] } }));
    const input: OpenAI.Responses.ResponseInput = [
      { role: 'developer', content: 'Be kind.' },
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hello!' },
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'What is this?' },
          { type: 'input_image', image_url: 'data:image/png;base64,AA==', detail: 'auto' },
        ],
      },
    ];
    expect((await client.responses.create({ model: 'm', input })).output_text).toBe('As meant.');
  });

  test('break off in the middle of a stream with an error event', async () => {
    const error = { code: 'server_error', message: 'The model is gone.' };
    const client = clientOf(await answering({ text: SPOKEN, error }));
    const reading = client.responses.stream({ model: 'm', input: 'Hello' }).finalResponse();
    expect(await rejection(reading)).toMatchObject({ message: expect.stringContaining('The model is gone.') });
    const document = await rejection(client.responses.create({ model: 'm', input: 'Hello' }));
    expect(document).toBeInstanceOf(OpenAI.InternalServerError);
  });

  test('fail by class, and refuse a request without input', async () => {
    const busy = clientOf(await answering({ status: 429 }));
    expect(await rejection(busy.responses.create({ model: 'm', input: 'a' }))).toBeInstanceOf(OpenAI.RateLimitError);
    const error = await rejection(clientOf(await vendor()).responses.create({ model: 'm' }));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
  });

  test('count a stream whose client went away as aborted', async () => {
    const server = await answering({ text: SPOKEN, chunks: 40, chunk_delay_ms: 50 });
    const stream = await clientOf(server).responses.create({ model: 'm', input: 'Hello', stream: true });
    for await (const event of stream) if (event.type === 'response.output_text.delta') break;
    await inFlight(server, 0);
    expect(server.stats()).toMatchObject({ calls: 1, aborted: 1, byFormat: { 'openai-responses': 1 } });
  });
});
