import { describe, test } from '@jest/globals';
import fc from 'fast-check';
import type { JsonValue } from '../../src/core/conversation.js';
import { ArenaError } from '../../src/core/errors.js';
import { failureOfErrorObject, failureOfStatus } from '../../src/io/providers/answer-failure.js';
import { completionOf } from '../../src/io/providers/completion.js';
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
    const call = { missingModelHint: 'x', url: 'https://x', credentialHint: 'x', scrub: (said: string) => said };
    fc.assert(
      fc.property(json, fc.integer({ min: 400, max: 599 }), (body, status) => {
        failureOfStatus({ status, headers: {}, body: JSON.stringify(body) }, call);
        failureOfErrorObject(body, call);
      }),
    );
  });
});
