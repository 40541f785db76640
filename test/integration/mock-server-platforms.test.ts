/** The mock server on Ollama, Vertex with Anthropic's models, and Bedrock, as far as their clients are at hand. */
import Anthropic from '@anthropic-ai/sdk';
import { Sha256 } from '@aws-crypto/sha256-js';
import { describe, expect, test } from '@jest/globals';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { SignatureV4 } from '@smithy/signature-v4';
import { fromUtf8, toUtf8 } from '@smithy/util-utf8';
import type { MockServer } from '../../src/io/mock-server/server.js';
import { answering, inFlight, KEY, rejection, SPOKEN, TOOL_ROUND, vendor } from '../helpers/mock-vendor.js';

const BEARER = { authorization: `Bearer ${KEY}` };
const usage = { prompt_tokens: 40, completion_tokens: 12, cached_tokens: 25, cache_creation_tokens: 5 };

function post({ origin }: MockServer, path: string, body: object, headers: { [name: string]: string } = BEARER) {
  return fetch(`${origin}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

const json = async (answer: Promise<Response>) => JSON.parse(await (await answer).text());

describe('Ollama', () => {
  const REQUEST = {
    model: 'llama-test',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Where is it warmer?' },
    ],
  };
  const lines = async (answer: Promise<Response>) =>
    (await (await answer).text())
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));

  test('streams lines unless it is told not to, of which the last counts', async () => {
    const server = await answering({ text: SPOKEN, thinking: 'Rome.', usage, chunks: 3 });
    const streamed = post(server, '/api/chat', REQUEST);
    expect((await streamed).headers.get('content-type')).toBe('application/x-ndjson');
    const parts = await lines(streamed);
    expect(parts.map(({ message }) => message.content).join('')).toBe(SPOKEN);
    expect(parts.map(({ message }) => message.thinking ?? '').join('')).toBe('Rome.');
    const end = { done: true, done_reason: 'stop', prompt_eval_count: 40, eval_count: 12 };
    expect(parts.map(({ done }) => done)).toEqual([false, false, false, false, false, true]);
    expect(parts.at(-1)).toMatchObject({ model: 'llama-test', ...end });
    const document = await json(post(server, '/api/chat', { ...REQUEST, stream: false }));
    expect(document).toMatchObject({ message: { role: 'assistant', content: SPOKEN, thinking: 'Rome.' }, ...end });
    expect(server.stats().byFormat).toEqual({ ollama: 2 });
  });

  test.each([false, true])(
    'makes parallel tool calls and goes on after their results (streamed: %s)',
    async (stream) => {
      const server = await vendor({ script: TOOL_ROUND });
      const called = await lines(post(server, '/api/chat', { ...REQUEST, stream }));
      const calls = called.flatMap(({ message }) => message.tool_calls ?? []);
      expect(calls.map((call) => call.function)).toMatchObject([
        { name: 'weather', arguments: { city: 'Rome', days: [1, 2] } },
        { name: 'weather', arguments: { city: 'Oslo' } },
      ]);
      const results = ['3 degrees', '21 degrees'].map((content) => ({ role: 'tool', tool_name: 'weather', content }));
      const messages = [...REQUEST.messages, { role: 'assistant', content: '', tool_calls: calls }, ...results];
      const done = await lines(post(server, '/api/chat', { ...REQUEST, messages, stream }));
      expect(done.map(({ message }) => message.content).join('')).toBe('Rome is warmer.');
    },
  );

  test('fails with one sentence, and lists its models', async () => {
    const failing = await answering({ status: 404, error: { message: "model 'x' not found" } });
    const failed = await post(failing, '/api/chat', REQUEST);
    expect([failed.status, await failed.json()]).toEqual([404, { error: "model 'x' not found" }]);
    const broken = await lines(post(await answering({ text: 'a', error: { message: 'gone' } }), '/api/chat', REQUEST));
    expect(broken.at(-1)).toEqual({ error: 'gone' });
    const server = await vendor({ models: ['llama-one'] });
    expect((await post(server, '/api/chat', { messages: [] })).status).toBe(400);
    expect((await post(server, '/api/chat', REQUEST, {})).status).toBe(401);
    const tags = JSON.parse(await (await fetch(`${server.origin}/api/tags`)).text());
    expect(tags.models).toMatchObject([{ name: 'llama-one', model: 'llama-one' }]);
  });

  test('sees images', async () => {
    const answers = [{ when: { media: 'image' as const }, answer: { text: 'A cat.' } }];
    const server = await vendor({ script: { answers } });
    const messages = [{ role: 'user', content: 'What is this?', images: ['AA=='] }];
    const answer = await json(post(server, '/api/chat', { ...REQUEST, messages, stream: false }));
    expect(answer.message.content).toBe('A cat.');
  });
});

const MESSAGES: Anthropic.MessageParam[] = [{ role: 'user', content: 'Where is it warmer?' }];
const CLAUDE = { max_tokens: 100, system: 'Be brief.', messages: MESSAGES };

describe('Vertex with models of Anthropic', () => {
  /** Anthropic's client, with what its Vertex variant changes about a request. */
  const clientOf = ({ origin }: MockServer, token = KEY) =>
    new Anthropic({
      baseURL: origin,
      authToken: token,
      apiKey: null,
      maxRetries: 0,
      fetch: async (_, init) => {
        const { model, ...body } = JSON.parse(String(init?.body));
        const verb = body.stream === true ? 'streamRawPredict' : 'rawPredict';
        const path = `/v1/projects/p/locations/us-east5/publishers/anthropic/models/${model}:${verb}`;
        const own = JSON.stringify({ anthropic_version: 'vertex-2023-10-16', ...body });
        return fetch(`${origin}${path}`, { ...init, body: own });
      },
    });
  const REQUEST = { model: 'claude-test@20250101', ...CLAUDE };

  test('answers as Anthropic does', async () => {
    const server = await answering({ text: SPOKEN, usage });
    const document = await clientOf(server).messages.create(REQUEST);
    expect(document).toMatchObject({ model: 'claude-test@20250101', content: [{ type: 'text', text: SPOKEN }] });
    expect((await clientOf(server).messages.stream(REQUEST).finalMessage()).content).toEqual(document.content);
    expect(server.stats().byFormat).toEqual({ 'vertex-anthropic': 2 });
  });

  test('words refusals as Google does, and what the model says as Anthropic does', async () => {
    const denied = await rejection(clientOf(await vendor(), 'other').messages.create(REQUEST));
    expect(denied).toMatchObject({ status: 401, error: { error: { status: 'UNAUTHENTICATED' } } });
    const quota = await rejection(clientOf(await answering({ status: 429 })).messages.create(REQUEST));
    expect(quota).toMatchObject({ status: 429, error: { error: { status: 'RESOURCE_EXHAUSTED' } } });
    const busy = await rejection(clientOf(await answering({ status: 529 })).messages.create(REQUEST));
    expect(busy).toMatchObject({ status: 529, error: { error: { type: 'overloaded_error' } } });
    const server = await vendor();
    const path = '/v1/projects/p/locations/l/publishers/anthropic/models/c:rawPredict';
    expect((await post(server, path, CLAUDE)).status).toBe(400);
  });
});

interface AwsEvent {
  type: string;
  exception: boolean;
  body: { [name: string]: unknown };
}

/** Reads an event stream with Amazon's own codec: each message begins with its length. */
async function awsEvents(answer: Promise<Response>): Promise<AwsEvent[]> {
  const response = await answer;
  expect(response.headers.get('content-type')).toBe('application/vnd.amazon.eventstream');
  const bytes = new Uint8Array(await response.arrayBuffer());
  const codec = new EventStreamCodec(toUtf8, fromUtf8);
  const events: AwsEvent[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = new DataView(bytes.buffer, at).getUint32(0);
    const { headers, body } = codec.decode(bytes.subarray(at, at + length));
    const exception = headers[':message-type']?.value === 'exception';
    const type = String(headers[exception ? ':exception-type' : ':event-type']?.value);
    events.push({ type, exception, body: JSON.parse(toUtf8(body)) });
    at += length;
  }
  return events;
}

const MODEL = encodeURIComponent('anthropic.claude-test-v1:0');

describe('Bedrock with bodies of Anthropic', () => {
  const REQUEST = { anthropic_version: 'bedrock-2023-05-31', ...CLAUDE };
  const inner = ({ body }: AwsEvent) => JSON.parse(Buffer.from(String(body.bytes), 'base64').toString());

  test('answers with a document or with its events inside chunks', async () => {
    const server = await answering({ text: SPOKEN, usage, chunks: 2 });
    const document = await json(post(server, `/model/${MODEL}/invoke`, REQUEST));
    expect(document).toMatchObject({
      stop_reason: 'end_turn',
      content: [{ text: SPOKEN }],
      usage: { input_tokens: 10 },
    });
    const events = await awsEvents(post(server, `/model/${MODEL}/invoke-with-response-stream`, REQUEST));
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['chunk']));
    const unpacked = events.map(inner);
    expect(unpacked.at(-1)).toEqual({ type: 'message_stop' });
    expect(unpacked.map(({ delta }) => delta?.text ?? '').join('')).toBe(SPOKEN);
    expect(server.stats().byFormat).toEqual({ 'bedrock-invoke': 2 });
  });

  test('takes names as they stand in the address, and the key of a signature', async () => {
    const when = { model: 'anthropic.claude-test-v1:0' };
    const server = await vendor({ script: { answers: [{ when, answer: { text: 'By name.' } }] } });
    const { hostname, port } = new URL(server.origin);
    const signer = new SignatureV4({
      service: 'bedrock',
      region: 'eu-west-1',
      credentials: { accessKeyId: KEY, secretAccessKey: 'secret' },
      sha256: Sha256,
    });
    for (const name of [MODEL, 'anthropic.claude-test-v1:0']) {
      const signed = await signer.sign({
        method: 'POST',
        protocol: 'http:',
        hostname,
        port: Number(port),
        path: `/model/${name}/invoke`,
        headers: { host: `${hostname}:${port}` },
        body: JSON.stringify(REQUEST),
      });
      const answer = await json(post(server, `/model/${name}/invoke`, REQUEST, signed.headers));
      expect(answer.content).toEqual([{ type: 'text', text: 'By name.' }]);
    }
  });

  test('fails by name of the exception, also inside a stream', async () => {
    const failing = await answering({ status: 429, text: 'Too many requests.' });
    const failed = await post(failing, `/model/${MODEL}/invoke`, REQUEST);
    expect([failed.status, await failed.json()]).toEqual([429, { message: 'Too many requests.' }]);
    expect(failed.headers.get('x-amzn-errortype')).toMatch(/^ThrottlingException:/);
    const error = { type: 'ModelStreamErrorException', message: 'The model is gone.' };
    const broken = await answering({ text: SPOKEN, error });
    const last = (await awsEvents(post(broken, `/model/${MODEL}/invoke-with-response-stream`, REQUEST))).at(-1);
    expect(last).toEqual({ type: 'modelStreamErrorException', exception: true, body: { message: error.message } });
    const server = await vendor();
    const denied = await post(server, `/model/${MODEL}/invoke`, REQUEST, {});
    expect(denied.status).toBe(403);
    expect(denied.headers.get('x-amzn-errortype')).toMatch(/^MissingAuthenticationToken/);
    expect((await post(server, `/model/${MODEL}/invoke`, CLAUDE)).status).toBe(400);
  });
});

describe('Bedrock with Converse', () => {
  const REQUEST = {
    system: [{ text: 'Be brief.' }],
    messages: [{ role: 'user', content: [{ text: 'Where is it warmer?' }] }],
  };

  test('answers with a document or with named events', async () => {
    const server = await answering({ text: SPOKEN, thinking: 'Rome.', usage, chunks: 2 });
    const document = await json(post(server, `/model/${MODEL}/converse`, REQUEST));
    const counted = {
      inputTokens: 10,
      outputTokens: 12,
      totalTokens: 52,
      cacheReadInputTokens: 25,
      cacheWriteInputTokens: 5,
    };
    expect(document).toMatchObject({ stopReason: 'end_turn', usage: counted });
    const [thought, said] = document.output.message.content;
    expect([thought.reasoningContent.reasoningText.text, said]).toEqual(['Rome.', { text: SPOKEN }]);
    const events = await awsEvents(post(server, `/model/${MODEL}/converse-stream`, REQUEST));
    const delta = 'contentBlockDelta';
    expect(events.map(({ type }) => type)).toEqual([
      'messageStart',
      ...[delta, delta, delta, 'contentBlockStop'],
      ...[delta, delta, 'contentBlockStop'],
      'messageStop',
      'metadata',
    ]);
    expect(events.at(-1)?.body).toMatchObject({ usage: counted });
  });

  test('makes parallel tool calls and goes on after their results', async () => {
    const server = await vendor({ script: TOOL_ROUND });
    const document = await json(post(server, `/model/${MODEL}/converse`, REQUEST));
    expect(document.stopReason).toBe('tool_use');
    const { content } = document.output.message;
    expect(content.map(({ toolUse }: { toolUse: object }) => toolUse)).toEqual([
      { toolUseId: 'call_rome', name: 'weather', input: { city: 'Rome', days: [1, 2] } },
      { toolUseId: 'call_oslo', name: 'weather', input: { city: 'Oslo' } },
    ]);
    const events = await awsEvents(post(server, `/model/${MODEL}/converse-stream`, REQUEST));
    const starts = events.filter(({ type }) => type === 'contentBlockStart').map(({ body }) => body);
    expect(starts).toMatchObject([{ contentBlockIndex: 0 }, { contentBlockIndex: 1 }]);
    const rome = events.filter(({ type, body }) => type === 'contentBlockDelta' && body.contentBlockIndex === 0);
    const inputs = rome.map(({ body }) => Object(body.delta).toolUse.input);
    expect(JSON.parse(inputs.join(''))).toEqual({ city: 'Rome', days: [1, 2] });
    const results = [{ text: '3 degrees' }, { json: { text: '21 degrees' } }].map((result, index) => ({
      toolResult: { toolUseId: content[index].toolUse.toolUseId, content: [result] },
    }));
    const messages = [...REQUEST.messages, { role: 'assistant', content }, { role: 'user', content: results }];
    const done = await json(post(server, `/model/${MODEL}/converse`, { ...REQUEST, messages }));
    expect(done.output.message.content).toEqual([{ text: 'Rome is warmer.' }]);
  });

  test('says that a guardrail stepped in', async () => {
    const answer = await json(post(await answering({ refusal: 'No.' }), `/model/${MODEL}/converse`, REQUEST));
    expect(answer).toMatchObject({
      stopReason: 'guardrail_intervened',
      output: { message: { content: [{ text: 'No.' }] } },
    });
  });

  test('cuts a stream within its frames', async () => {
    const server = await answering({ text: SPOKEN, cut: 'body' });
    const answer = await post(server, `/model/${MODEL}/converse-stream`, REQUEST);
    await expect(answer.arrayBuffer()).rejects.toThrow();
    await inFlight(server, 0);
    expect(server.stats()).toMatchObject({ calls: 1, aborted: 1 });
  });
});
