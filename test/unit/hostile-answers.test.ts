import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { JsonValue } from '../../src/core/conversation.js';
import { ArenaError } from '../../src/core/errors.js';
import { parseJson } from '../../src/core/nesting.js';
import { failureOfErrorObject, failureOfStatus } from '../../src/io/providers/answer-failure.js';
import { completionOf } from '../../src/io/providers/completion.js';
import { openFrames } from '../../src/io/providers/wires/framing.js';
import { requestOf, streamed, user, wireOf } from '../helpers/wires.js';

/** Words that the services use, so that what is made up of them comes near an answer. */
const WORDS = [
  ...[
    'type',
    'content',
    'text',
    'thinking',
    'signature',
    'tool_use',
    'redacted_thinking',
    'input',
    'id',
    'name',
    'index',
  ],
  ...['message', 'delta', 'usage', 'stop_reason', 'content_block', 'message_start', 'content_block_start'],
  ...['content_block_delta', 'message_delta', 'message_stop', 'text_delta', 'input_json_delta', 'partial_json'],
  ...[
    'candidates',
    'parts',
    'functionCall',
    'args',
    'inlineData',
    'data',
    'mimeType',
    'finishReason',
    'STOP',
    'thought',
  ],
  ...[
    'thoughtSignature',
    'promptFeedback',
    'blockReason',
    'usageMetadata',
    'promptTokenCount',
    'error',
    'status',
    'code',
  ],
  ...[
    'details',
    '@type',
    'google.rpc.RetryInfo',
    'retryDelay',
    'violations',
    '__proto__',
    'constructor',
    'wire',
    'layout',
  ],
];

const word = fc.constantFrom(...WORDS);
const { value: json } = fc.letrec<{ value: JsonValue; list: JsonValue[]; object: { [name: string]: JsonValue } }>(
  (tie) => ({
    value: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      fc.oneof(word, fc.string(), fc.integer(), fc.double({ noNaN: true }), fc.boolean(), fc.constant(null)),
      tie('object'),
      tie('list'),
    ),
    list: fc.array(tie('value'), { maxLength: 4 }),
    object: fc.dictionary(word, tie('value'), { maxKeys: 6 }),
  }),
);
const object = fc.dictionary(word, json, { maxKeys: 8 });

const CALL = { missingModelHint: 'x', url: 'https://x', credentialHint: 'x', scrub: (said: string) => said };

/** Anything but an error with a code is a defect. */
function survives(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof ArenaError) || error.code === 'internal') throw error;
  }
}

describe.each(['claude', 'gemini', 'openai', 'ollama'])('a service of type %s', (type) => {
  const wire = wireOf({ type, model: 'm' });

  test('may answer anything', () => {
    fc.assert(
      fc.property(object, (document) => {
        survives(() => {
          const answer = wire.read(document);
          return answer === undefined ? undefined : completionOf(answer, 1);
        });
      }),
      { numRuns: 500 },
    );
  });

  test('may stream anything', () => {
    fc.assert(
      fc.property(fc.array(object, { maxLength: 6 }), (events) => {
        survives(() => completionOf(streamed(wire, events), 1));
      }),
      { numRuns: 500 },
    );
  });

  test('may want anything back', () => {
    fc.assert(
      fc.property(json, fc.string(), (opaque, content) => {
        const toolCalls = [{ id: 'a', name: 'b', args: {} }];
        const messages = [user('x'), { role: 'assistant' as const, content, toolCalls, opaque }, user('y')];
        survives(() => JSON.parse(wire.body(requestOf(messages))));
      }),
    );
  });

  test('may fail with any words', () => {
    fc.assert(
      fc.property(json, fc.integer({ min: 400, max: 599 }), (body, status) => {
        failureOfStatus({ status, headers: {}, body: JSON.stringify(body) }, CALL);
        failureOfErrorObject(body, CALL);
      }),
    );
  });
});

describe('JSON that is nested beyond all sense', () => {
  const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

  test.each([
    [499, true],
    [501, false],
    [100_000, false],
  ])('%i levels are read: %s', (levels, isRead) => {
    const read = () => parseJson(deep(levels));
    if (isRead) expect(JSON.stringify(read())).toBe(deep(levels));
    else expect(read).toThrow(SyntaxError);
  });

  test('is no answer, no event, no failure and no result of a tool', () => {
    const text = deep(100_000);
    expect(failureOfStatus({ status: 400, headers: {}, body: text }, CALL).code).toBe('provider_rejected');
    const gemini = wireOf({ type: 'gemini', model: 'm' });
    const result = { role: 'tool' as const, content: text, toolResult: { id: 'a', name: 'b' } };
    const [, sent] = JSON.parse(
      gemini.body(requestOf([user('x'), { role: 'assistant', content: 'y' }, result])),
    ).contents.slice(1);
    expect(sent.parts[0].functionResponse.response).toEqual({ output: text });
    const frames = openFrames('sse', { maxBytes: 10_000_000, onEvent: () => undefined, onDone: () => undefined });
    expect(() => frames.push(Buffer.from(`data: ${text}\n\n`))).toThrow('not a JSON object');
  });
});
