import { afterEach, describe, expect, test } from '@jest/globals';
import { isNestedDeeper } from '../../src/core/nesting.js';
import { engineBundle, hold, scripted } from '../helpers/engine-bundle.js';
import { type HttpService, startHttpService } from '../helpers/http-service.js';
import { ask, bare, failureOf, open, provider } from '../helpers/openai-calls.js';

const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

test.each([
  ['1', 0, false],
  ['[1]', 0, true],
  ['[]', 0, false],
  [nested(5), 5, false],
  [nested(6), 5, true],
])('%s on more than %d levels: %s', (json, levels, expected) => {
  expect(isNestedDeeper(JSON.parse(json), levels)).toBe(expected);
});

describe('answers that are nested without end', () => {
  let service: HttpService | undefined;
  afterEach(() => service?.stop());

  test.each([
    [500, undefined],
    [501, 'The answer cannot be used: the arguments of its call to look are nested too deeply.'],
    [100_000, 'The answer cannot be used: the arguments of its call to look are nested too deeply.'],
  ])('as arguments of a tool, %d levels', async (levels, message) => {
    const url = await bare((_, response) => {
      const call = { id: 'c', function: { name: 'look', arguments: nested(levels) } };
      response.end(JSON.stringify({ choices: [{ message: { tool_calls: [call] } }] }));
    });
    const answer = provider(url).complete(ask(), open);
    if (message === undefined) expect((await answer).toolCalls).toHaveLength(1);
    else expect(await failureOf(answer)).toMatchObject({ code: 'malformed_answer', message });
  });

  test('as the result of a tool: the model is told, and the conversation goes on', async () => {
    service = await startHttpService((_, response) => response.end(nested(100_000)));
    const http = { url: service.origin, method: 'GET' };
    const bundle = engineBundle({
      tools: { look: { description: 'd', mode: 'live', input_schema: { type: 'object' }, http } },
    });
    const call = { toolCalls: [{ id: 'c1', name: 'look', args: {} }] };
    const record = await hold(bundle, { complete: scripted(call, 'done') });
    expect(record.messages.find(({ role }) => role === 'tool')?.content).toBe(
      'Tool execution failed: the result is nested too deeply',
    );
    expect(record.verdict).toBe('passed');
  });
});
