import { beforeAll, describe, expect, test } from '@jest/globals';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { fromUtf8, toUtf8 } from '@smithy/util-utf8';
import { EventStreamReader, loadEventStream } from '../../src/io/providers/wires/aws-event-stream.js';
import type { StreamEvent } from '../../src/io/providers/wires/wire.js';

const codec = new EventStreamCodec(toUtf8, fromUtf8);

function frame(headers: { [name: string]: string }, body: string): Buffer {
  const typed = Object.entries(headers).map(([name, value]) => [name, { type: 'string' as const, value }]);
  return Buffer.from(codec.encode({ headers: Object.fromEntries(typed), body: fromUtf8(body) }));
}

const event = (name: string, body: unknown) =>
  frame({ ':message-type': 'event', ':event-type': name, ':content-type': 'application/json' }, JSON.stringify(body));

const chunk = (inner: unknown) => event('chunk', { bytes: Buffer.from(JSON.stringify(inner)).toString('base64') });

/** What the pieces hold, or the code of the failure. */
function read(pieces: readonly Buffer[], maxBytes = 10_000): StreamEvent[] {
  const events: StreamEvent[] = [];
  const reader = new EventStreamReader({ maxBytes, onEvent: (each) => events.push(each), onDone: () => undefined });
  for (const piece of pieces) reader.push(piece);
  reader.end();
  return events;
}

beforeAll(async () => {
  await loadEventStream();
});

const STREAM = Buffer.concat([
  event('messageStart', { role: 'assistant' }),
  chunk({ type: 'content_block_delta', delta: { text: 'Grüße 🌞' } }),
  event('metadata', {}),
]);
const EVENTS = [
  { messageStart: { role: 'assistant' } },
  { type: 'content_block_delta', delta: { text: 'Grüße 🌞' } },
  { metadata: {} },
];

describe('messages come out as they went in', () => {
  test.each([[1], [3], [7], [100], [STREAM.length]])('in pieces of %d bytes', (size) => {
    const pieces: Buffer[] = [];
    for (let from = 0; from < STREAM.length; from += size) pieces.push(STREAM.subarray(from, from + size));
    expect(read(pieces)).toEqual(EVENTS);
  });

  test('an exception is an error object with its own name', () => {
    const exception = frame(
      { ':message-type': 'exception', ':exception-type': 'throttlingException' },
      '{"message":"Too many requests","type":"something else"}',
    );
    expect(read([exception])).toEqual([{ error: { type: 'throttlingException', message: 'Too many requests' } }]);
    const error = frame({ ':message-type': 'error', ':error-code': 'InternalFailure', ':error-message': 'oops' }, '');
    expect(read([error])).toEqual([{ error: { type: 'InternalFailure', message: 'oops' } }]);
  });

  test('messages of unknown kinds are passed over', () => {
    expect(read([frame({ ':message-type': 'hint' }, '{}'), event('messageStop', {})])).toEqual([{ messageStop: {} }]);
  });

  test('a name of every object is a name like any other', () => {
    const [found] = read([event('__proto__', { a: 1 })]);
    expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
  });
});

describe('a broken stream is told from a whole one', () => {
  const damaged = (at: number) => {
    const copy = Buffer.from(STREAM);
    copy[at] = (copy[at] ?? 0) ^ 0x01;
    return copy;
  };
  const lengthOf = (length: number) => {
    const copy = Buffer.alloc(16);
    copy.writeUInt32BE(length);
    return copy;
  };
  test.each([
    ['cut in a message', [STREAM.subarray(0, STREAM.length - 3)], 'stream_cut'],
    ['cut in a length', [STREAM, Buffer.from([0, 0])], 'stream_cut'],
    ['with a damaged length of the headers', [damaged(5)], 'malformed_answer'],
    ['with a damaged checksum of the length', [damaged(8)], 'malformed_answer'],
    ['with a damaged body', [damaged(90)], 'malformed_answer'],
    ['with a message of no length', [lengthOf(0)], 'malformed_answer'],
    ['with a message shorter than its frame', [lengthOf(15)], 'malformed_answer'],
    ['that announces 4 GiB', [lengthOf(0xffffffff)], 'answer_too_large'],
    [
      'with a body that is not JSON',
      [frame({ ':message-type': 'event', ':event-type': 'a' }, 'no')],
      'malformed_answer',
    ],
    ['with a body that is a list', [frame({ ':message-type': 'event', ':event-type': 'a' }, '[]')], 'malformed_answer'],
    ['with a chunk that holds no JSON', [event('chunk', { bytes: 'bm8=' })], 'malformed_answer'],
  ])('%s', (_what, pieces, code) => {
    expect(() => read(pieces)).toThrow(expect.objectContaining({ code }));
  });

  test('a chunk without bytes is no event of the model', () => {
    expect(read([event('chunk', {})])).toEqual([{ chunk: {} }]);
  });
});

test('a long message in many pieces is joined once', () => {
  const long = event('a', { text: 'x'.repeat(3_000_000) });
  const pieces: Buffer[] = [];
  for (let from = 0; from < long.length; from += 100) pieces.push(long.subarray(from, from + 100));
  const before = process.cpuUsage();
  expect(read(pieces, 4_000_000)).toHaveLength(1);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1000).toBeLessThan(2_000);
});
