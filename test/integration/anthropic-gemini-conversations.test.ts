/** Whole conversations with rounds of tool calls: what the services said goes back to them as they want it. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { JsonValue } from '../../src/core/conversation.js';
import { engineBundle, hold } from '../helpers/engine-bundle.js';
import { answerJson, type HttpService, startHttpService } from '../helpers/http-service.js';

const services: HttpService[] = [];

afterEach(async () => {
  for (const service of services.splice(0)) await service.stop();
});

/** A service that says these things one after the other. */
async function saying(...answers: JsonValue[]): Promise<HttpService> {
  const service = await startHttpService((_request, response) => {
    answerJson(response, answers[service.seen.length - 1] ?? {}, service.seen.length <= answers.length ? 200 : 500);
  });
  services.push(service);
  return service;
}

interface Talk {
  provider: object;
  scenario?: object;
}

/** The record of a conversation in which the model may look things up, and what its provider was sent. */
async function talk(service: HttpService, { provider, scenario = {} }: Talk) {
  const shared = { base_url: service.origin, credential: { api_key: 'k' } };
  const bundle = engineBundle({
    providers: { vendor: { ...shared, ...provider } },
    tools: { look: { mock_result: { found: true } } },
    scenario,
  });
  const record = await hold(bundle, { provider: 'vendor' });
  return { record, sent: service.seen.map(({ body }) => JSON.parse(body)) };
}

describe('Anthropic', () => {
  const THINKING = { type: 'thinking', thinking: 'I have to look.', signature: 'sig' };
  const USE = { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} };
  const message = (content: JsonValue, stop_reason: string) => ({
    type: 'message',
    content,
    stop_reason,
    usage: { input_tokens: 10, cache_read_input_tokens: 5, output_tokens: 3 },
  });
  const provider = { type: 'claude', model: 'claude-opus-4-8', additional_config: { thinking: { type: 'adaptive' } } };

  test('gets its thinking back with the results of its calls, and nobody else sees it', async () => {
    const service = await saying(
      message([THINKING, { type: 'text', text: 'Let me look.' }, USE], 'tool_use'),
      message([{ type: 'text', text: 'Found.' }], 'end_turn'),
    );
    const { record, sent } = await talk(service, { provider });
    expect(record.error).toBeUndefined();
    expect(sent[1].messages).toEqual([
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: [THINKING, { type: 'text', text: 'Let me look.' }, USE] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: '{\n  "found": true\n}' }] },
    ]);
    expect(JSON.stringify(record)).not.toContain('I have to look.');
    expect(record.usage).toEqual({ inputTokens: 30, outputTokens: 6, cachedTokens: 10 });
    expect(record.messages.at(-1)).toMatchObject({ content: 'Found.', finishReason: 'stop' });
  });

  // shows Scenario.spec.context_policy.cache_breakpoints
  test.each([true, false])('is told what to cache when the scenario says so: %s', async (cache_breakpoints) => {
    const service = await saying(message([{ type: 'text', text: 'Hi' }], 'end_turn'));
    const { sent } = await talk(service, { provider, scenario: { context_policy: { cache_breakpoints } } });
    expect(JSON.stringify(sent[0]).match(/cache_control/g)?.length ?? 0).toBe(cache_breakpoints ? 3 : 0);
  });
});

describe('Gemini', () => {
  const response = (parts: JsonValue) => ({
    candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP' }],
    usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 2, thoughtsTokenCount: 4 },
  });
  const call = (city: string) => ({ name: 'look', args: { city } });
  const provider = { type: 'gemini', model: 'gemini-3.5-flash' };

  test('gets its signatures back with the results of its calls', async () => {
    const service = await saying(
      response([
        { text: 'hm', thought: true },
        { functionCall: call('Rome'), thoughtSignature: 's1' },
        { functionCall: call('Oslo') },
      ]),
      response([{ text: 'Rome is.' }]),
    );
    const { record, sent } = await talk(service, { provider });
    expect(record.error).toBeUndefined();
    const found = { functionResponse: { name: 'look', response: { found: true } } };
    expect(sent[1].contents).toEqual([
      { role: 'user', parts: [{ text: 'Hello' }] },
      {
        role: 'model',
        parts: [{ functionCall: call('Rome'), thoughtSignature: 's1' }, { functionCall: call('Oslo') }],
      },
      { role: 'user', parts: [found, found] },
    ]);
    expect(record.usage).toEqual({ inputTokens: 20, outputTokens: 12, cachedTokens: 0 });
    expect(record.messages.at(-1)).toMatchObject({ content: 'Rome is.', finishReason: 'stop' });
  });

  test('ends a conversation whose prompt it blocks', async () => {
    const service = await saying({ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } });
    const { record } = await talk(service, { provider });
    expect(record).toMatchObject({ verdict: 'errored', error: { code: 'content_filtered' } });
    expect(service.seen).toHaveLength(1);
  });
});
