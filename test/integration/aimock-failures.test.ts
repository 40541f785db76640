/** How an independent mock of the services fails, to calls of both kinds. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Failure } from '../../src/core/errors.js';
import { type LLMock, providerAt, startAimock } from '../helpers/aimock.js';
import { WIRES } from '../helpers/fault-server-wires.js';
import { ask, failureOf, open } from '../helpers/openai-calls.js';

const STATUSES: [status: number, message: string, expected: Partial<Failure>][] = [
  [400, 'Something is missing', { code: 'provider_rejected', hint: expect.any(String) as unknown as string }],
  [400, 'prompt is too long: 9 tokens > 8 maximum', { code: 'context_too_long' }],
  [401, 'Who are you?', { code: 'unauthorized' }],
  [403, 'Not for you', { code: 'unauthorized' }],
  [
    404,
    'No such model',
    { code: 'provider_rejected', hint: expect.stringMatching(/model|pull|deployment/) as unknown as string },
  ],
  [429, 'Slow down', { code: 'rate_limited', retryAfterMs: 7000 }],
  [500, 'Oh no', { code: 'provider_unavailable' }],
  [503, 'Too many at once', { code: 'provider_unavailable' }],
  [529, 'Overloaded', { code: 'provider_unavailable' }],
];

describe.each(WIRES.map((wire) => [wire.name, wire] as const))('%s', (name, wire) => {
  let mock: LLMock;
  beforeAll(async () => {
    mock = await startAimock();
  });
  beforeEach(() => {
    mock.clearFixtures();
    mock.clearChaos();
    mock.clearRequests();
  });
  afterAll(() => mock.stop());

  describe.each([
    ['whole', false],
    ['streamed', true],
  ])('%s', (_, stream) => {
    const call = (more = {}) => providerAt(wire, mock, more).complete(ask('hello', { stream }), open);

    test.each(STATUSES)('fails with %i: %s', async (status, message, expected) => {
      mock.onMessage('hello', { error: { message, type: 'some_error', code: 'some_code' }, status, retryAfter: 7 });
      expect(await failureOf(call())).toMatchObject({
        ...expected,
        status,
        message: expect.stringContaining(message),
      });
      expect(mock.getRequests()).toHaveLength(1);
    });

    test('fails once, and then answers', async () => {
      mock.onMessage('hello', { content: 'There.' });
      mock.nextRequestError(503, { message: 'Wait a little' });
      expect(await failureOf(call())).toMatchObject({ code: 'provider_unavailable' });
      if (name !== 'bedrock invoke' || !stream) expect((await call()).content).toBe('There.');
    });

    test.each([
      [{ dropRate: 1 }, 'provider_unavailable'],
      [{ malformedRate: 1 }, 'malformed_answer'],
      [{ rateLimitRate: 1 }, 'rate_limited'],
      [{ disconnectRate: 1 }, 'connection_failed'],
    ])('in chaos %j fails with %s', async (chaos, code) => {
      mock.onMessage('hello', { content: 'There.' });
      mock.setChaos(chaos);
      expect((await failureOf(call())).code).toBe(code);
    });

    test('takes too long', async () => {
      mock.onMessage('hello', { content: 'There.' });
      mock.setChaos({ latencyMs: 1000 });
      expect(await failureOf(call({ request_timeout: '100ms' }))).toMatchObject({ code: 'call_timeout' });
    });

    if (stream) {
      test('breaks off', async () => {
        // Without time between its chunks they go down with the connection.
        mock.onMessage(
          'hello',
          { content: 'There is more than one chunk of this.' },
          { truncateAfterChunks: 2, latency: 10 },
        );
        expect((await failureOf(call())).code).toBe('stream_cut');
      });
    }
  });
});
