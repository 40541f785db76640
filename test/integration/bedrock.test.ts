import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { JsonValue } from '../../src/core/conversation.js';
import type { MockScript } from '../../src/io/mock-server/script.js';
import { hosted, setEnvironment } from '../helpers/hosted-provider.js';
import { type HttpService, startHttpService } from '../helpers/http-service.js';
import { KEY, SPOKEN, TOOL_ROUND, vendor } from '../helpers/mock-vendor.js';
import { ask, failureOf, open } from '../helpers/openai-calls.js';
import { expectedSignature, signatureOf } from '../helpers/sigv4-check.js';

const SECRET = 'secret-access-key-canary-0123456789';
const TOKEN = 'session-token-canary-0123456789';
const services: HttpService[] = [];
let restore: () => void;

// The mock server takes the access key id for the key.
beforeAll(() => {
  restore = setEnvironment({
    AWS_ACCESS_KEY_ID: KEY,
    AWS_SECRET_ACCESS_KEY: SECRET,
    AWS_SESSION_TOKEN: TOKEN,
    AWS_PROFILE: undefined,
  });
});

afterAll(() => restore());

afterEach(async () => {
  for (const service of services.splice(0)) await service.stop();
});

const CLAUDE = { type: 'claude', model: 'claude-3-5-sonnet-20241022' };
const OSS = { type: 'openai', model: 'gpt-oss-120b' };

const at = (endpoint: string, spec: { [field: string]: JsonValue }) =>
  hosted({ ...spec, platform: { type: 'bedrock', region: 'us-west-2', endpoint } });

async function service(answer: Parameters<typeof startHttpService>[0]): Promise<HttpService> {
  const started = await startHttpService(answer);
  services.push(started);
  return started;
}

const ANSWER = {
  type: 'message',
  role: 'assistant',
  content: [{ type: 'text', text: 'ok' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 1, output_tokens: 1 },
};

describe('a call of a model of Anthropic', () => {
  test('is signed for its region, and says the version in place of the model', async () => {
    const { origin, seen } = await service((_request, response) => response.end(JSON.stringify(ANSWER)));
    const completion = await at(origin, CLAUDE).complete(ask('Grüße', { parameters: { maxTokens: 7 } }), open);
    expect(completion).toMatchObject({
      content: 'ok',
      finishReason: 'stop',
      usage: { inputTokens: 1, outputTokens: 1 },
    });
    const [request] = seen;
    if (request === undefined) throw new Error('nothing was asked');
    expect(request.path).toBe('/model/anthropic.claude-3-5-sonnet-20241022-v2%3A0/invoke');
    expect(JSON.parse(request.body)).toEqual({
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 7,
      messages: [{ role: 'user', content: 'Grüße' }],
    });
    const parts = signatureOf(request);
    expect(parts).toMatchObject({ accessKeyId: KEY, region: 'us-west-2', service: 'bedrock' });
    expect(parts.signed).toEqual(['content-type', 'host', 'x-amz-date', 'x-amz-security-token']);
    expect(parts.signature).toBe(expectedSignature(request, SECRET));
    expect(request.headers['x-amz-security-token']).toBe(TOKEN);
    expect(request.headers.host).toBe(new URL(origin).host);
  });

  test('goes to an inference profile where the model has no other way', async () => {
    const { origin, seen } = await service((_request, response) => response.end(JSON.stringify(ANSWER)));
    await at(origin, { ...CLAUDE, model: 'claude-sonnet-4-5' }).complete(ask(), open);
    expect(seen[0]?.path).toBe('/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke');
  });

  test('has a bearer token in place of a signature where one is given', async () => {
    const { origin, seen } = await service((_request, response) => response.end(JSON.stringify(ANSWER)));
    const platform = { type: 'bedrock', region: 'us-west-2', endpoint: origin };
    const env = { AWS_BEARER_TOKEN_BEDROCK: 'bedrock-api-key-0123456789' };
    await hosted({ ...CLAUDE, platform }, { env }).complete(ask(), open);
    const credential = { credential_env: 'MINE' };
    await hosted({ ...CLAUDE, platform, credential }, { env: { ...env, MINE: 'mine-0123456789' } }).complete(
      ask(),
      open,
    );
    expect(seen.map(({ headers }) => [headers.authorization, headers['x-amz-date']])).toEqual([
      ['Bearer bedrock-api-key-0123456789', undefined],
      ['Bearer mine-0123456789', undefined],
    ]);
  });
});

const tools = [{ name: 'weather', description: 'The weather.', inputSchema: { type: 'object' } }];
const usage = { prompt_tokens: 40, completion_tokens: 12, cached_tokens: 25 };

describe.each([
  ['Anthropic’s messages', CLAUDE],
  ['Converse', OSS],
])('%s on Bedrock', (_name, spec) => {
  describe.each([false, true])('(streamed: %s)', (stream) => {
    const answered = async (answer: NonNullable<MockScript['default']>) => {
      const { origin } = await vendor({ script: { default: answer } });
      return at(origin, spec).complete(ask('hello', { stream }), open);
    };

    test('brings a text and what it took', async () => {
      expect(await answered({ text: SPOKEN, usage, chunks: 5 })).toMatchObject({
        content: SPOKEN,
        finishReason: 'stop',
        usage: { inputTokens: 40, outputTokens: 12, cachedTokens: 25 },
      });
    });

    test('brings parallel calls, and the answer to their results', async () => {
      const { origin } = await vendor({ script: TOOL_ROUND });
      const provider = at(origin, spec);
      const start = [
        { role: 'system' as const, content: 'Be brief.' },
        { role: 'user' as const, content: 'Where is it warmer?' },
      ];
      const { toolCalls = [], finishReason } = await provider.complete(
        ask('', { messages: start, tools, stream }),
        open,
      );
      expect(toolCalls.map(({ name, args }) => [name, args])).toEqual([
        ['weather', { city: 'Rome', days: [1, 2] }],
        ['weather', { city: 'Oslo' }],
      ]);
      expect(finishReason).toBe('tool_calls');
      const results = toolCalls.map(({ id, name }, index) => ({
        role: 'tool' as const,
        content: index === 0 ? '3 degrees' : '21 degrees',
        toolResult: { id, name },
      }));
      const messages = [...start, { role: 'assistant' as const, content: '', toolCalls }, ...results];
      const last = await provider.complete(ask('', { messages, tools, stream }), open);
      expect(last.content).toBe('Rome is warmer.');
    });

    test('is cut at its bound', async () => {
      expect((await answered({ text: 'a', finish_reason: 'length' })).finishReason).toBe('length');
    });
  });

  test('fails in the middle of a stream by the class of the exception', async () => {
    const failing = async (answer: NonNullable<MockScript['default']>) => {
      const { origin } = await vendor({ script: { default: answer } });
      return failureOf(at(origin, spec).complete(ask('hello', { stream: true }), open));
    };
    const exception = (type: string) => ({ text: 'a b c', error: { type, message: 'no' } });
    expect(await failing(exception('ThrottlingException'))).toMatchObject({ code: 'rate_limited' });
    expect(await failing(exception('ModelStreamErrorException'))).toMatchObject({ code: 'stream_cut' });
    expect(await failing(exception('InternalServerException'))).toMatchObject({ code: 'provider_unavailable' });
    expect(await failing(exception('ValidationException'))).toMatchObject({ code: 'provider_rejected' });
    expect(await failing({ text: 'a b c', cut: 'body' })).toMatchObject({ code: 'stream_cut' });
  });
});

describe('a refusal of Bedrock', () => {
  test.each([
    [400, 'ValidationException', 'Input is too long for requested model.', 'context_too_long', /shorten/],
    [400, 'ValidationException', 'Malformed input request', 'provider_rejected', undefined],
    [400, 'ServiceQuotaExceededException', 'Quota', 'quota_exhausted', /Service Quotas/],
    [
      403,
      'AccessDeniedException',
      "You don't have access to the model",
      'unauthorized',
      /access to the model anthropic/,
    ],
    [403, 'UnrecognizedClientException', `The security token ${TOKEN} is invalid`, 'unauthorized', /AWS identity/],
    [404, 'ResourceNotFoundException', 'no such model', 'provider_rejected', /inference profile of us-west-2/],
    [408, 'ModelTimeoutException', 'slow', 'provider_unavailable', undefined],
    [424, 'ModelErrorException', 'model', 'provider_unavailable', undefined],
    [429, 'ThrottlingException', 'Too many requests', 'rate_limited', undefined],
    [429, 'ThrottlingException', 'Too many tokens per day, please wait', 'quota_exhausted', /the day/],
    [429, 'ModelNotReadyException', 'not ready', 'provider_unavailable', undefined],
    [500, 'InternalServerException', 'oops', 'provider_unavailable', undefined],
    [503, 'ServiceUnavailableException', 'down', 'provider_unavailable', undefined],
  ])('%d %s, %s is %s', async (status, type, message, code, hint) => {
    const { origin } = await service((_request, response) => {
      response.writeHead(status, { 'x-amzn-errortype': `${type}:http://internal.amazon.com/coral/` });
      response.end(JSON.stringify({ message }));
    });
    const failure = await failureOf(at(origin, CLAUDE).complete(ask(), open));
    expect(failure).toMatchObject({ code, status });
    if (hint !== undefined) expect(failure.hint).toMatch(hint);
    expect(JSON.stringify(failure)).not.toMatch(/canary/);
  });
});
