/** Our requests to Vertex AI beside those of Google's own client, with tokens of a metadata server of this machine. */

import { GoogleGenAI } from '@google/genai';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonValue } from '../../src/core/conversation.js';
import type { CompletionRequest } from '../../src/core/provider.js';
import { hosted, setEnvironment } from '../helpers/hosted-provider.js';
import { answerJson, type HttpService, startHttpService } from '../helpers/http-service.js';
import { KEY, SPOKEN, TOOL_ROUND, vendor } from '../helpers/mock-vendor.js';
import { ask, bare, failureOf, open } from '../helpers/openai-calls.js';
import { record } from '../helpers/recorded-requests.js';

let metadata: HttpService;
let restore: () => void;

beforeAll(async () => {
  metadata = await startHttpService((_request, response) => {
    response.setHeader('metadata-flavor', 'Google');
    answerJson(response, { access_token: KEY, expires_in: 3600, token_type: 'Bearer' });
  });
  restore = setEnvironment({
    GCE_METADATA_HOST: new URL(metadata.origin).host,
    METADATA_SERVER_DETECTION: 'assume-present',
    GOOGLE_APPLICATION_CREDENTIALS: undefined,
    CLOUDSDK_CONFIG: '/nowhere',
    HOME: '/nowhere',
  });
});

afterAll(async () => {
  restore();
  await metadata.stop();
});

const at = (endpoint: string, spec: { [field: string]: JsonValue }) =>
  hosted({ ...spec, platform: { type: 'vertex', region: 'us-central1', project: 'my-project', endpoint } });

const GEMINI = { type: 'gemini', model: 'gemini-2.5-flash' };
const CLAUDE = { type: 'claude', model: 'claude-sonnet-4-5' };
const ANSWER = { candidates: [{ content: { role: 'model', parts: [{ text: 'ok' }] }, finishReason: 'STOP' }] };

describe('the request that Google’s client sends', () => {
  test.each<[what: string, ours: Partial<CompletionRequest>, config: object]>([
    ['a text', {}, {}],
    [
      'parameters',
      { parameters: { temperature: 0.1, topP: 0.9, maxTokens: 100, seed: 7, stop: ['x'] } },
      { temperature: 0.1, topP: 0.9, maxOutputTokens: 100, seed: 7, stopSequences: ['x'] },
    ],
    ['a stream', { stream: true }, {}],
  ])('with %s', async (_what, ours, config) => {
    const { stream } = ours;
    const server = await record(stream ? `data: ${JSON.stringify(ANSWER)}\n\n` : ANSWER);
    await at(server.origin, GEMINI).complete(ask('hello', ours), open);
    const sent = server.last();
    const client = new GoogleGenAI({
      vertexai: true,
      project: 'my-project',
      location: 'us-central1',
      httpOptions: { baseUrl: server.origin, apiVersion: 'v1' },
    });
    const request = { model: GEMINI.model, contents: [{ role: 'user', parts: [{ text: 'hello' }] }], config };
    if (stream) for await (const _ of await client.models.generateContentStream(request));
    else await client.models.generateContent(request);
    const expected = server.last();
    expect(sent.path).toBe(expected.path);
    // It says that there are no settings as well.
    const { generationConfig, ...rest } = Object(expected.body);
    const settings = Object.keys(Object(generationConfig)).length === 0 ? {} : { generationConfig };
    expect(sent.body).toEqual({ ...rest, ...settings });
    expect(sent.headers.authorization).toBe(expected.headers.authorization);
    expect(sent.headers['x-goog-api-key']).toBeUndefined();
  });
});

test('Claude is asked with its version in place of its name, and told to stream', async () => {
  const answer = {
    type: 'message',
    role: 'assistant',
    content: [{ type: 'text', text: 'ok' }],
    stop_reason: 'end_turn',
  };
  const server = await record({ ...answer, usage: { input_tokens: 1, output_tokens: 1 } });
  await at(server.origin, CLAUDE).complete(ask('hello', { parameters: { maxTokens: 10 } }), open);
  const { path, body, headers } = server.last();
  const models = '/v1/projects/my-project/locations/us-central1/publishers/anthropic/models';
  expect(path).toBe(`${models}/claude-sonnet-4-5@20250929:rawPredict`);
  const request = {
    anthropic_version: 'vertex-2023-10-16',
    max_tokens: 10,
    messages: [{ role: 'user', content: 'hello' }],
  };
  expect(body).toEqual(request);
  expect(headers['anthropic-version']).toBeUndefined();
  expect(headers.authorization).toBe(`Bearer ${KEY}`);
});

const tools = [{ name: 'weather', description: 'The weather.', inputSchema: { type: 'object' } }];

describe.each([
  ['Gemini', GEMINI],
  ['Claude', CLAUDE],
])('%s on Vertex AI', (_name, spec) => {
  test.each([false, true])('brings texts and parallel calls (streamed: %s)', async (stream) => {
    const text = await vendor({ script: { default: { text: SPOKEN } } });
    expect(await at(text.origin, spec).complete(ask('hello', { stream }), open)).toMatchObject({
      content: SPOKEN,
      finishReason: 'stop',
    });
    const calling = await vendor({ script: TOOL_ROUND });
    const messages = [
      { role: 'system' as const, content: 'Be brief.' },
      { role: 'user' as const, content: 'Where is it warmer?' },
    ];
    const { toolCalls } = await at(calling.origin, spec).complete(ask('', { messages, tools, stream }), open);
    expect(toolCalls?.map(({ args }) => args)).toEqual([{ city: 'Rome', days: [1, 2] }, { city: 'Oslo' }]);
  });
});

test.each([
  [401, 'UNAUTHENTICATED', 'unauthorized', /Application Default Credentials/],
  [403, 'PERMISSION_DENIED', 'unauthorized', /Vertex AI User/],
  [404, 'NOT_FOUND', 'provider_rejected', /offered in us-central1/],
  [429, 'RESOURCE_EXHAUSTED', 'rate_limited', undefined],
  [503, 'UNAVAILABLE', 'provider_unavailable', undefined],
])('%d %s is %s', async (status, word, code, hint) => {
  const address = await bare((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify([{ error: { code: status, status: word, message: `no: ${KEY}` } }]));
  });
  const failure = await failureOf(at(new URL(address).origin, GEMINI).complete(ask(), open));
  expect(failure).toMatchObject({ code, status });
  if (hint !== undefined) expect(failure.hint).toMatch(hint);
  expect(JSON.stringify(failure)).not.toContain(KEY);
});

test('a token that the provider file brings takes the place of the identity', async () => {
  const server = await record(ANSWER);
  const platform = { type: 'vertex', region: 'us-central1', project: 'my-project', endpoint: server.origin };
  const credential = { credential_env: 'MINE' };
  await hosted({ ...GEMINI, platform, credential }, { env: { MINE: 'ya29.mine-0123456789' } }).complete(ask(), open);
  expect(server.last().headers.authorization).toBe('Bearer ya29.mine-0123456789');
});
