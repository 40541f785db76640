/** Our requests to Azure beside those of the vendors' own clients, and what Azure refuses in its own way. */
import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, test } from '@jest/globals';
import OpenAI, { AzureOpenAI } from 'openai';
import type { JsonValue } from '../../src/core/conversation.js';
import type { CompletionRequest } from '../../src/core/provider.js';
import { hosted, setEnvironment } from '../helpers/hosted-provider.js';
import { answerJson, startHttpService } from '../helpers/http-service.js';
import { answering, KEY, SPOKEN } from '../helpers/mock-vendor.js';
import { ask, bare, failureOf, open } from '../helpers/openai-calls.js';
import { record } from '../helpers/recorded-requests.js';

const ANSWER = { choices: [{ message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }] };
const STREAM = `data: ${JSON.stringify({ choices: [{ delta: { content: 'ok' }, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`;
const ENV = { AZURE_OPENAI_API_KEY: KEY };

const at = (endpoint: string, config: { [name: string]: JsonValue } = {}, env: { [name: string]: string } = ENV) =>
  hosted(
    { type: 'openai', model: 'gpt-4o', platform: { type: 'azure', endpoint }, additional_config: config },
    { env },
  );

const tool = { name: 'find', description: 'Finds.', inputSchema: { type: 'object', properties: {} } };
const wireTool = {
  type: 'function' as const,
  function: { name: 'find', description: 'Finds.', parameters: tool.inputSchema },
};
const HELLO = [{ role: 'user' as const, content: 'hello' }];

describe('the request that the official client sends', () => {
  test.each<[what: string, ours: Partial<CompletionRequest>, theirs: object]>([
    ['a text', {}, {}],
    [
      'parameters and tools',
      {
        parameters: { temperature: 0.1, topP: 1, maxTokens: 100, seed: 7, stop: ['x'] },
        tools: [tool],
        toolChoice: 'auto',
      },
      { temperature: 0.1, top_p: 1, max_tokens: 100, seed: 7, stop: ['x'], tools: [wireTool], tool_choice: 'auto' },
    ],
    ['a stream', { stream: true }, { stream: true, stream_options: { include_usage: true } }],
  ])('with %s', async (_what, ours, theirs) => {
    const server = await record('stream' in theirs ? STREAM : ANSWER);
    await at(server.origin).complete(ask('hello', ours), open);
    const sent = server.last();
    const client = new AzureOpenAI({ endpoint: server.origin, apiKey: KEY, apiVersion: '2024-10-21', maxRetries: 0 });
    await client.chat.completions.create({ model: 'gpt-4o', messages: HELLO, ...theirs });
    const expected = server.last();
    expect(sent.path).toBe(expected.path);
    expect(sent.body).toEqual(expected.body);
    expect(sent.headers['api-key']).toBe(expected.headers['api-key']);
    expect(sent.headers.authorization).toBeUndefined();
  });

  test('for the address that all deployments share', async () => {
    const server = await record(ANSWER);
    await at(server.origin, { api_version: 'v1' }).complete(ask(), open);
    const sent = server.last();
    const client = new OpenAI({ baseURL: `${server.origin}/openai/v1/`, apiKey: KEY, maxRetries: 0 });
    await client.chat.completions.create({ model: 'gpt-4o', messages: HELLO });
    expect([sent.path, sent.body]).toEqual([server.last().path, server.last().body]);
  });

  test('for Claude in Foundry', async () => {
    const answer = {
      type: 'message',
      role: 'assistant',
      content: [{ type: 'text', text: 'ok' }],
      stop_reason: 'end_turn',
    };
    const server = await record({ ...answer, usage: { input_tokens: 1, output_tokens: 1 } });
    const platform = { type: 'azure', endpoint: server.origin };
    const env = { ANTHROPIC_FOUNDRY_API_KEY: KEY };
    const request = ask('hello', { parameters: { maxTokens: 10 } });
    await hosted({ type: 'claude', model: 'claude-opus-4-6', platform }, { env }).complete(request, open);
    const sent = server.last();
    const client = new Anthropic({ baseURL: `${server.origin}/anthropic`, apiKey: KEY, maxRetries: 0 });
    await client.messages.create({ model: 'claude-opus-4-6', max_tokens: 10, messages: HELLO });
    const expected = server.last();
    expect([sent.path, sent.body]).toEqual([expected.path, expected.body]);
    expect(sent.headers['x-api-key']).toBe(KEY);
    expect(sent.headers['anthropic-version']).toBe('2023-06-01');
  });
});

test.each([
  ['2024-10-21', {}],
  ['v1', { api_version: 'v1' }],
  ['the Responses API', { api_mode: 'responses' }],
])('answers of version %s are read, streamed or not', async (_version, config) => {
  const { origin } = await answering({ text: SPOKEN });
  for (const stream of [false, true]) {
    const { content, finishReason } = await at(origin, config).complete(ask('hello', { stream }), open);
    expect([content, finishReason]).toEqual([SPOKEN, 'stop']);
  }
});

test('without a key the identity of the machine is used, and taken out of everything', async () => {
  const token = 'managed-identity-token-canary-0123456789';
  const identity = await startHttpService((_request, response) => {
    const ends = Math.floor(Date.now() / 1000) + 3600 * 24;
    answerJson(response, { access_token: token, expires_on: String(ends), resource: 'r', token_type: 'Bearer' });
  });
  const restore = setEnvironment({
    AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
    IDENTITY_ENDPOINT: `${identity.origin}/msi/token`,
    IDENTITY_HEADER: 'h',
  });
  try {
    const server = await record({ choices: [{ message: { content: `you are ${token}` } }] });
    const completions = await Promise.all([1, 2, 3].map(() => at(server.origin, {}, {}).complete(ask(), open)));
    expect(server.last().headers).toMatchObject({ authorization: `Bearer ${token}` });
    expect(server.last().headers['api-key']).toBeUndefined();
    expect(completions.map(({ content }) => content)).toEqual(Array(3).fill('you are ***'));
    // One token for all providers and calls.
    expect(identity.seen).toHaveLength(1);
    const refusing = await bare((_request, response) => {
      response.writeHead(403, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { code: 'PermissionDenied', message: `not ${token}` } }));
    });
    const failure = await failureOf(at(new URL(refusing).origin, {}, {}).complete(ask(), open));
    expect(failure).toMatchObject({ code: 'unauthorized', hint: expect.stringContaining('OpenAI User') });
    expect(JSON.stringify(failure)).not.toContain('canary');
  } finally {
    restore();
    await identity.stop();
  }
});

describe('a refusal of Azure', () => {
  const filter = {
    error: {
      message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
      type: null,
      param: 'prompt',
      code: null,
      status: 400,
      innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: { hate: { filtered: true } } },
    },
  };
  test.each([
    [400, filter, 'content_filtered', undefined],
    [400, { error: { ...filter.error, code: 'content_filter', innererror: undefined } }, 'content_filtered', undefined],
    [401, { error: { code: '401', message: 'Access denied' } }, 'unauthorized', /AZURE_OPENAI_API_KEY/],
    [
      404,
      { error: { code: 'DeploymentNotFound', message: 'no' } },
      'provider_rejected',
      /gpt-4o is the name of a deployment/,
    ],
    [429, { error: { code: '429', message: 'slow down' } }, 'rate_limited', undefined],
  ])('%d %j is %s', async (status, body, code, hint) => {
    const address = await bare((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
    const failure = await failureOf(at(new URL(address).origin).complete(ask(), open));
    expect(failure.code).toBe(code);
    if (hint !== undefined) expect(failure.hint).toMatch(hint);
  });

  test('that stands in the middle of a stream, after verdicts on the prompt, is one as well', async () => {
    const events = [
      { choices: [], prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] },
      { choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] },
      { choices: [{ index: 0, delta: {}, finish_reason: 'content_filter', content_filter_results: {} }] },
    ];
    const server = await record(
      `${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`,
    );
    const failure = await failureOf(at(server.origin).complete(ask('hello', { stream: true }), open));
    expect(failure.code).toBe('content_filtered');
  });
});
