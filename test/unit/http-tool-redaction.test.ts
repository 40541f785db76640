import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CompletionRequest } from '../../src/core/provider.js';
import { engineBundle, hold } from '../helpers/engine-bundle.js';
import { answerJson, type HttpService, startHttpService } from '../helpers/http-service.js';

let service: HttpService;

beforeAll(async () => {
  service = await startHttpService(({ body }, response) => {
    const { card } = JSON.parse(body);
    if (card === '0000-1111') answerJson(response, { error: `the card ${card} is blocked` }, 402);
    else answerJson(response, { receipt: { token: 'tok-778899', sum: 12 }, pin: 42 });
  });
});

afterAll(() => service.stop());

async function pay(redact: string[], card: string) {
  const bundle = engineBundle({
    tools: { pay: { mode: 'live', http: { url: `${service.origin}/pay`, redact } } },
    scenario: {
      turns: [{ role: 'user', content: 'Pay with my card' }],
      conversation_assertions: [{ type: 'contains', params: { patterns: ['tok-778899'] } }],
    },
  });
  const requests: CompletionRequest[] = [];
  const record = await hold(bundle, {
    complete: (request) => {
      requests.push(request);
      if (requests.length > 1) return { content: `Paid from ${card}: tok-778899`, usage: {}, latencyMs: 1 };
      return { content: '', toolCalls: [{ id: 'a', name: 'pay', args: { card, sum: 12 } }], usage: {}, latencyMs: 1 };
    },
  });
  return { record, seen: JSON.stringify(requests.at(-1)) };
}

// shows Tool.spec.http.redact[]
test('fields that a tool keeps secret reach the service and the model, and no record', async () => {
  const { record, seen } = await pay(['card', 'token', 'pin'], '5105-1051');
  expect(service.seen.at(-1)?.body).toContain('5105-1051');
  expect(seen).toContain('tok-778899');
  const written = JSON.stringify(record);
  expect(written).not.toContain('5105-1051');
  expect(written).not.toContain('tok-778899');
  expect(record.messages.at(-1)?.content).toBe('Paid from ***: ***');
  expect(record.messages[2]?.toolCalls?.[0]?.args).toEqual({ card: '***', sum: 12 });
  expect(JSON.parse(record.messages[3]?.content ?? '')).toEqual({ receipt: { token: '***', sum: 12 }, pin: '***' });
  // Judged on what was said, before anything was hidden.
  expect(record.verdict).toBe('passed');
});

test('a refusal that names the secret is recorded without it', async () => {
  const { record } = await pay(['card'], '0000-1111');
  expect(record.messages[3]?.content).toContain('the card *** is blocked');
  expect(JSON.stringify(record)).not.toContain('0000-1111');
});

test('a tool without secrets is recorded as it spoke', async () => {
  const { record } = await pay([], '5105-1051');
  expect(JSON.stringify(record)).toContain('5105-1051');
  expect(record.messages.at(-1)?.content).toBe('Paid from 5105-1051: tok-778899');
});
