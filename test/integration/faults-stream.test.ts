/** Streams that break off, or hold what no stream should, at every service. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ErrorCode } from '../../src/core/errors.js';
import { type Bytes, endless, type StreamEnd, streamed } from '../helpers/fault-server-answers.js';
import { awsMessage } from '../helpers/fault-server-bedrock.js';
import { FaultCalls, HEADER_SECRET } from '../helpers/fault-server-calls.js';
import { errorOf, type Trouble } from '../helpers/fault-server-errors.js';
import { type FaultWire, type Json, WORD } from '../helpers/fault-server-wire.js';
import { WIRES } from '../helpers/fault-server-wires.js';
import { KEY } from '../helpers/openai-calls.js';

const isBinary = ({ name }: FaultWire): boolean => name.startsWith('bedrock');

/** Something in the framing of the wire that is not what should stand there. */
function framed({ name, types }: FaultWire, text: string): Bytes {
  if (name === 'bedrock converse') return awsMessage('event', 'contentBlockDelta', text);
  if (name === 'bedrock invoke') {
    return awsMessage('event', 'chunk', JSON.stringify({ bytes: Buffer.from(text).toString('base64') }));
  }
  return types[1] === 'text/event-stream' ? `data: ${text}\n\n` : `${text}\n`;
}

const bytes = (pieces: readonly Bytes[]): Buffer => Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)));

/** An error in the middle of a stream, in every form that the service gives it. */
function errorEvents(wire: FaultWire, trouble: Trouble): Bytes[] {
  const { body, headers } = errorOf(wire.name, trouble);
  if (isBinary(wire)) {
    const [name = ''] = headers?.['x-amzn-ErrorType']?.split(':') ?? [];
    return [awsMessage('exception', `${name[0]?.toLowerCase()}${name.slice(1)}`, JSON.stringify(body))];
  }
  if (wire.name !== 'openai responses') return [wire.frame(body)];
  const error = body.error as Json;
  const code = error.code ?? error.type ?? null;
  const said: Json = { code, message: error.message ?? null };
  const events: Json[] = [
    { type: 'error', ...said, param: null, sequence_number: 3 },
    { type: 'error', error, sequence_number: 3 },
    { type: 'response.failed', response: { id: 'resp_1', status: 'failed', output: [], error: said } },
  ];
  return events.map(wire.frame);
}

const ERRORS: [Trouble, ErrorCode][] = [
  ['busy', 'rate_limited'],
  ['overloaded', 'provider_unavailable'],
  ['broken', 'provider_unavailable'],
  ['wrong key', 'unauthorized'],
  ['too long', 'context_too_long'],
];

/** Its errors in streams have neither a number nor a name: it is the server that broke, unless the words tell more. */
const WORDLESS = new Set<Trouble>(['busy', 'wrong key']);

describe.each(WIRES.map((wire) => [wire.name, wire] as const))('a stream of %s', (name, wire) => {
  let calls: FaultCalls;
  beforeAll(async () => {
    calls = await FaultCalls.start(wire);
  });
  afterAll(() => calls.stop());

  const { streams, frame, types } = wire;
  const sends = (pieces: readonly Bytes[], end: StreamEnd = 'end') => streamed(pieces, end, { type: types[1] });
  const text = streams.text.map(frame);

  test.each<[StreamEnd]>([['end'], ['reset']])('that breaks off by %s is cut', async (end) => {
    const untilText = bytes(streams.untilText.map(frame));
    const word = isBinary(wire) ? -1 : untilText.indexOf(WORD);
    const places: [string, readonly Bytes[]][] = [
      ['before anything', []],
      ['after its begin', streams.untilText.slice(0, -1).map(frame)],
      ['after some text', [untilText]],
      ['after a tool call began', streams.untilCall.map(frame)],
      ['within an event', [untilText.subarray(0, untilText.length - 9)]],
    ];
    // The third letter takes two bytes; the stream ends between them.
    if (word !== -1) places.push(['within a letter', [untilText.subarray(0, word + 3)]]);
    for (const [place, pieces] of places) {
      // What an event of text lacks at its end, its JSON lacks: nothing says that more was to come.
      const isHalf = end === 'end' && !isBinary(wire) && place.startsWith('within');
      const failure = await calls.expectFailure(sends(pieces, end), true, {
        code: isHalf ? 'malformed_answer' : 'stream_cut',
      });
      expect(`${place}: ${failure.message}`).toMatch(/stream|middle of the answer|not a JSON object/i);
    }
  });

  test('that loses its connection behind the last word is whole', async () => {
    for (const end of ['reset', 'silence'] as const) {
      calls.server.answer(sends(text, end));
      const { completion, error } = await calls.call(true);
      expect(error).toBeUndefined();
      expect(completion).toMatchObject({ content: WORD });
      // Far less than the time after which a silent stream is given up.
      expect(completion?.latencyMs).toBeLessThan(5000);
      expect(calls.server.calls).toBe(1);
      await calls.expectOrder(true);
    }
  });

  test.each([
    ['JSON that breaks off', '{"choices":[{"delta":'],
    ['no JSON', 'nonsense'],
    ['a number', '42'],
    ['a list', '[{"a":1}]'],
    ['a text', '"text"'],
    ['null', 'null'],
  ])('that holds %s is malformed', async (_what, content) => {
    const pieces = [...streams.untilText.map(frame), framed(wire, content)];
    await calls.expectFailure(sends(pieces), true, { code: 'malformed_answer' });
    // What came before it does not count, and what comes behind it neither.
    await calls.expectFailure(sends([...pieces, ...text]), true, { code: 'malformed_answer' });
  });

  test('that holds what nobody knows is read all the same', async () => {
    const [first = '', ...rest] = text;
    const odd = ['{}', '{"type":"ping"}', '{"type":"something_new","n":1}'].map((event) => framed(wire, event));
    const blanks = isBinary(wire) ? [] : ['\n\n'];
    const comments = types[1] === 'text/event-stream' ? [': comment\n\n', 'retry: 10\n\n', 'id: 1\r\n\r\n'] : [];
    calls.server.answer(sends([...blanks, ...comments, first, ...odd, ...comments, ...rest, ...blanks]));
    const { completion, error } = await calls.call(true);
    expect(error).toBeUndefined();
    expect(completion).toMatchObject({ content: WORD });
    await calls.expectOrder(true);
  });

  test('that comes in pieces of any size is the same', async () => {
    const all = bytes([...text, ...wire.last]);
    for (const size of [2, 7, 64]) {
      const pieces = Array.from({ length: Math.ceil(all.length / size) }, (_, n) =>
        all.subarray(n * size, (n + 1) * size),
      );
      calls.server.answer(streamed(pieces, 'end', { type: types[1], apart: true }));
      const { completion, error } = await calls.call(true);
      expect(error).toBeUndefined();
      expect(completion?.content).toBe(WORD);
    }
  });

  test.each(ERRORS)('that reports an error in its middle or at its begin: %s', async (trouble, known) => {
    const code = name === 'ollama' && WORDLESS.has(trouble) ? 'provider_unavailable' : known;
    const events = errorEvents(wire, trouble);
    for (const event of events) {
      for (const begin of [streams.untilText, streams.untilCall, []]) {
        const failure = await calls.expectFailure(sends([...begin.map(frame), event]), true, { code });
        expect(failure.message).toContain('***');
      }
    }
  });

  test('without end has one all the same', async () => {
    const tooLong = { code: 'answer_too_large', hint: /max_tokens/ } as const;
    if (!isBinary(wire)) {
      const line = wire.name === 'ollama' ? `{"x":"` : 'data: ';
      const fault = endless('x'.repeat(65_536), { type: types[1] });
      const begun = endless(`${line}${'x'.repeat(65_536)}`, { type: types[1] });
      await calls.expectFailure(fault, true, tooLong);
      await calls.expectFailure(begun, true, tooLong);
    }
    // The last event of those that hold some text says far more, again and again.
    const begin = bytes(streams.untilText.slice(0, -1).map(frame));
    const more = JSON.stringify(streams.untilText.at(-1)).replaceAll(WORD, WORD.repeat(10_000));
    const fault = endless(frame(JSON.parse(more)), { type: types[1] }, begin);
    await calls.expectFailure(fault, true, tooLong);
  });

  test('never tells a key that stands in it', async () => {
    const secret = framed(wire, `{"oops ${KEY} ${HEADER_SECRET}`);
    await calls.expectFailure(sends([secret]), true, { code: 'malformed_answer' });
  });
});
