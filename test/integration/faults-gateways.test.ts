/** What gateways and servers with OpenAI's protocol say in words of their own. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { streamed, whole } from '../helpers/fault-server-answers.js';
import { type Expected, FaultCalls } from '../helpers/fault-server-calls.js';
import type { Json } from '../helpers/fault-server-wire.js';
import { WIRES } from '../helpers/fault-server-wires.js';

const moderated: Json = {
  error: {
    code: 403,
    message: 'Your input was flagged',
    metadata: { reasons: ['violence'], flagged_input: 'x', provider_name: 'p', model_slug: 'm' },
  },
};

const ERRORS: [name: string, status: number, body: Json, Expected][] = [
  ['OpenRouter, moderation', 403, moderated, { code: 'content_filtered', hint: /change what is asked/ }],
  [
    'OpenRouter, no credit',
    402,
    { error: { code: 402, message: 'Insufficient credits' } },
    { code: 'quota_exhausted' },
  ],
  [
    'OpenRouter, a service down',
    502,
    { error: { code: 502, message: 'Provider returned error' } },
    { code: 'provider_unavailable' },
  ],
  [
    'vLLM, a long prompt, of old',
    400,
    {
      object: 'error',
      message: "This model's maximum context length is 8192 tokens.",
      type: 'BadRequestError',
      code: 400,
    },
    { code: 'context_too_long' },
  ],
  [
    'vLLM, a long prompt',
    400,
    {
      error: {
        message: 'The decoder prompt (length 9000) is longer than the maximum model length of 8192.',
        type: 'BadRequestError',
        code: 400,
      },
    },
    { code: 'context_too_long' },
  ],
  [
    'vLLM, no such model',
    404,
    { error: { message: 'The model `m` does not exist.', type: 'NotFoundError', param: 'model', code: 404 } },
    { code: 'provider_rejected', hint: /model/ },
  ],
  [
    'llama.cpp, while it loads',
    503,
    { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } },
    { code: 'provider_unavailable' },
  ],
  [
    'llama.cpp, a long prompt',
    400,
    {
      error: {
        code: 400,
        message: 'the request exceeds the available context size, try increasing it',
        type: 'exceed_context_size_error',
      },
    },
    { code: 'context_too_long' },
  ],
  [
    'DeepSeek, no credit',
    402,
    { error: { message: 'Insufficient Balance', type: 'unknown_error', code: 'invalid_request_error' } },
    { code: 'quota_exhausted' },
  ],
  [
    'Mistral, a wrong key',
    401,
    { message: 'Unauthorized', request_id: 'r' },
    { code: 'unauthorized', message: /Unauthorized/ },
  ],
  [
    'Mistral, a wrong member',
    422,
    { detail: [{ type: 'extra_forbidden', loc: ['body', 'x'], msg: 'Extra inputs are not permitted' }] },
    { code: 'provider_rejected', message: /Extra inputs/ },
  ],
  [
    'LiteLLM, busy',
    429,
    { error: { message: 'litellm.RateLimitError', type: 'throttling_error', param: 'None', code: '429' } },
    { code: 'rate_limited' },
  ],
];

const atChoice: Json = {
  choices: [{ index: 0, error: { code: 502, message: 'Upstream is gone' }, message: { content: '' } }],
};

describe('at OpenAI’s protocol', () => {
  const [wire] = WIRES;
  let calls: FaultCalls;
  beforeAll(async () => {
    if (wire === undefined) throw new Error('there is no wire');
    calls = await FaultCalls.start(wire);
  });
  afterAll(() => calls.stop());

  test.each(ERRORS)('%s', async (_, status, body, expected) => {
    for (const stream of [false, true]) {
      await calls.expectFailure(whole(JSON.stringify(body), { status }), stream, { ...expected, status });
    }
  });

  test('OpenRouter tells of a failed service at its choice, or beside it', async () => {
    const unavailable = { code: 'provider_unavailable', message: /Upstream is gone/ } as const;
    await calls.expectFailure(whole(JSON.stringify(atChoice)), false, unavailable);
    const beside: Json = {
      object: 'chat.completion.chunk',
      error: { code: 'server_error', message: 'Upstream is gone' },
      choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
    };
    for (const event of [atChoice, beside]) {
      const pieces = [': OPENROUTER PROCESSING\n\n', `data: ${JSON.stringify(event)}\n\n`, 'data: [DONE]\n\n'];
      await calls.expectFailure(streamed(pieces, 'end', { type: 'text/event-stream' }), true, unavailable);
    }
  });

  test('counts of tokens behind the end are waited for, as long as they come soon', async () => {
    const said = (delta: Json, reason: string | null = null): string =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;
    const usage = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 2 } })}\n\n`;
    const pieces = [said({ content: 'Here.' }), said({}, 'stop'), usage, 'data: [DONE]\n\n'];
    calls.server.answer(streamed(pieces, 'silence', { type: 'text/event-stream', apart: true }));
    const { completion } = await calls.call(true);
    expect(completion).toMatchObject({ content: 'Here.', usage: { inputTokens: 5, outputTokens: 2 } });
    await calls.expectOrder(true);
  });
});
