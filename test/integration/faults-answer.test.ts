/** Answers with 200 that are none: empty, broken, foreign, coded, huge; at every service, to calls of both kinds. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Fault } from '../helpers/fault-server.js';
import { endless, streamed, whole } from '../helpers/fault-server-answers.js';
import { type Expected, FaultCalls, HEADER_SECRET } from '../helpers/fault-server-calls.js';
import { errorOf, type Trouble } from '../helpers/fault-server-errors.js';
import { type FaultWire, WORD } from '../helpers/fault-server-wire.js';
import { WIRES } from '../helpers/fault-server-wires.js';
import { KEY } from '../helpers/openai-calls.js';

type Case = [name: string, fault: (wire: FaultWire, stream: boolean) => Fault, expected: Expected];

const HTML = `<!DOCTYPE html><html><body>Sign in, ${KEY} ${HEADER_SECRET}</body></html>`;

/** A little that holds much. */
const BOMB = gzipSync(Buffer.alloc(20 * 1024 * 1024, ' '));

const saying =
  (body: string): Case[1] =>
  (wire, stream) =>
    whole(body, { type: wire.types[stream ? 1 : 0] });

function bytesOf(
  { documents, streams, frame, last }: FaultWire,
  stream: boolean,
  what: 'text' | { empty: string } | { call: string },
): Buffer {
  const of = stream ? streams : documents;
  const said = what === 'text' ? of.text : 'empty' in what ? of.empty(what.empty) : of.call(what.call);
  if (!Array.isArray(said)) return Buffer.from(JSON.stringify(said));
  return Buffer.concat([...said.map(frame), ...last].map((piece) => Buffer.from(piece as string)));
}

const CASES: Case[] = [
  [
    'a page',
    () => whole(HTML, { type: 'text/html' }),
    { code: 'malformed_answer', message: /Sign in, \*\*\*/, hint: /base_url/ },
  ],
  [
    'a page, whatever it calls itself',
    saying(HTML),
    { code: 'malformed_answer', message: /Sign in|not a JSON object/ },
  ],
  ['a text', saying('upstream connect error'), { code: 'malformed_answer', message: /upstream|not a JSON object/ }],
  ['JSON that breaks off', saying('{"choices":[{"mes'), { code: 'malformed_answer' }],
  ['JSON without an answer', saying('{"ok":true}'), { code: 'malformed_answer', calls: 3 }],
  ['a list', saying('[]'), { code: 'malformed_answer' }],
  ['a number', saying('42'), { code: 'malformed_answer' }],
  ['null', saying('null'), { code: 'malformed_answer' }],
  [
    'a coding that it is not',
    (...[wire, stream]) => whole(bytesOf(wire, stream, 'text'), { headers: { 'Content-Encoding': 'gzip' } }),
    { code: 'malformed_answer', message: /gzip/ },
  ],
  [
    'an unknown coding',
    () => whole('x', { headers: { 'Content-Encoding': 'zstd' } }),
    { code: 'malformed_answer', message: /zstd/, hint: /as they are/ },
  ],
  ['far more than is read', () => endless('x'.repeat(65_536)), { code: 'answer_too_large', hint: /max_tokens/ }],
  [
    'more than is read, packed',
    () => whole(BOMB, { headers: { 'Content-Encoding': 'gzip' } }),
    { code: 'answer_too_large' },
  ],
  [
    'an error without end',
    () => endless('x'.repeat(65_536), { status: 503 }),
    { code: 'provider_unavailable', status: 503, message: /xxx/ },
  ],
  [
    'an error in an unknown coding',
    () => whole('x', { status: 401, headers: { 'Content-Encoding': 'zstd' } }),
    { code: 'unauthorized' },
  ],
];

/** Error objects where an answer should be; services whose errors cannot be told without their status are left out. */
const WITH_200: [Trouble, Expected['code']][] = [
  ['busy', 'rate_limited'],
  ['broken', 'provider_unavailable'],
  ['wrong key', 'unauthorized'],
  ['too long', 'context_too_long'],
  ['no credit', 'quota_exhausted'],
];

const BY_STATUS_ALONE = new Set(['ollama', 'bedrock invoke', 'bedrock converse', 'azure chat']);

const CODINGS: [string, (bytes: Buffer) => Buffer][] = [
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['GZIP', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
  ['identity', (bytes) => bytes],
];

describe.each(WIRES.map((wire) => [wire.name, wire] as const))('%s', (name, wire) => {
  let calls: FaultCalls;
  beforeAll(async () => {
    calls = await FaultCalls.start(wire);
  });
  afterAll(() => calls.stop());

  describe.each([
    ['whole', false],
    ['streamed', true],
  ])('%s', (_, stream) => {
    const says = (what: Parameters<typeof bytesOf>[2]): Fault =>
      whole(bytesOf(wire, stream, what), { type: wire.types[stream ? 1 : 0] });

    test.each(CASES)('%s', async (_what, fault, expected) => {
      // A stream of objects without meaning has come to an end too early.
      const isCut = stream && wire.name === 'ollama' && expected.calls !== undefined;
      const { code } = isCut ? { code: 'stream_cut' as const } : expected;
      await calls.expectFailure(fault(wire, stream), stream, { ...expected, code });
    });

    test('nothing at all', async () => {
      const code = stream ? 'stream_cut' : 'malformed_answer';
      for (const fault of [whole(''), streamed([], 'end')]) {
        await calls.expectFailure(fault, stream, { code });
      }
      // No message of a binary stream begins like that.
      const blank = wire.name.startsWith('bedrock') ? 'malformed_answer' : code;
      await calls.expectFailure(whole('\n\n'), stream, { code: blank });
    });

    test('an answer that says nothing', async () => {
      const { length, filter } = wire.reasons;
      await calls.expectFailure(says({ empty: 'stop' }), stream, { code: 'empty_answer' });
      await calls.expectFailure(says({ empty: length }), stream, { code: 'empty_answer', hint: /max_tokens/ });
      await calls.expectFailure(says({ empty: filter }), stream, { code: 'content_filtered' });
      await calls.expectFailure(says({ empty: 'something_new' }), stream, {
        code: 'empty_answer',
        message: /something_new/,
      });
    });

    test('a tool call whose arguments are none', async () => {
      for (const args of ['{"city":', '[1]', '"text"', 'null']) {
        await calls.expectFailure(says({ call: args }), stream, { code: 'malformed_answer', message: /weather/ });
      }
    });

    test.each(CODINGS)('an answer in the coding %s is an answer', async (coding, pack) => {
      calls.server.answer(whole(pack(bytesOf(wire, stream, 'text')), { headers: { 'Content-Encoding': coding } }));
      const { completion, error } = await calls.call(stream);
      expect(error).toBeUndefined();
      expect(completion).toMatchObject({ content: WORD });
      await calls.expectOrder(stream);
    });

    test('an error in a coding is told', async () => {
      const { status, headers, body } = errorOf(name, 'bad request');
      const packed = { status, headers: { ...headers, 'Content-Encoding': 'gzip' } };
      const fault = whole(gzipSync(JSON.stringify(body)), packed);
      await calls.expectFailure(fault, stream, { code: 'provider_rejected', message: /\*\*\*/ });
    });

    if (!BY_STATUS_ALONE.has(name)) {
      test.each(WITH_200)('an error with 200: %s', async (trouble, code) => {
        const body = JSON.stringify(errorOf(name, trouble).body);
        await calls.expectFailure(whole(body, { type: 'application/json' }), stream, { code, message: /\*\*\*/ });
      });
    }

    if (stream) {
      test('a whole document where a stream was asked for is an answer', async () => {
        calls.server.answer(whole(bytesOf(wire, false, 'text'), { type: wire.types[0] }));
        const { completion, error } = await calls.call(true);
        expect(error).toBeUndefined();
        expect(completion).toMatchObject({ content: WORD, usage: { inputTokens: 3, outputTokens: 2 } });
        await calls.expectOrder(true);
      });
    }
  });
});
