/** Connections that break, hang, drip or say more than they should, at every service, to calls of both kinds. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Fault } from '../helpers/fault-server.js';
import { head, raw, silence, streamed } from '../helpers/fault-server-answers.js';
import { type Expected, FaultCalls } from '../helpers/fault-server-calls.js';
import { type FaultWire, WORD } from '../helpers/fault-server-wire.js';
import { WIRES } from '../helpers/fault-server-wires.js';
import { KEY } from '../helpers/openai-calls.js';

/** The bytes of a whole answer. */
function answerOf({ documents, streams, frame, last }: FaultWire, stream: boolean): Buffer {
  if (!stream) return Buffer.from(JSON.stringify(documents.text));
  return Buffer.concat([...streams.text.map(frame), ...last].map((piece) => Buffer.from(piece as string)));
}

const join = (...pieces: (string | Uint8Array)[]): Buffer =>
  Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)));

const HALF = head({ headers: { 'Content-Length': '5000' } });
const CHUNKED = head({ headers: { 'Transfer-Encoding': 'chunked' } });
/** What is called slow here; far below it everything is over. */
// Long enough for a busy machine to get as far as the server.
const SOON: Expected['spec'] = { request_timeout: '80ms' };
const IDLE: Expected['spec'] = { stream_idle_timeout: '80ms' };

const FAULTS: [name: string, fault: (wire: FaultWire, stream: boolean) => Fault, expected: Expected][] = [
  ['closed before an answer', () => raw('', 'fin'), { code: 'connection_failed' }],
  ['reset before an answer', () => raw('', 'reset'), { code: 'connection_failed' }],
  ['closed within the status line', () => raw('HTTP/1.', 'fin'), { code: 'connection_failed' }],
  [
    'closed within the headers',
    () => raw(`HTTP/1.1 200 OK\r\nContent-Type: app`, 'fin'),
    { code: 'connection_failed' },
  ],
  ['reset within the headers', () => raw(HALF, 'reset'), { code: 'connection_failed' }],
  ['closed after the headers', () => raw(`${HALF}\r\n`, 'fin'), { code: 'stream_cut' }],
  ['reset after the headers', () => raw(`${HALF}\r\n`, 'reset'), { code: 'stream_cut' }],
  [
    'closed within the body',
    (...of) => raw(join(HALF, '\r\n', answerOf(...of).subarray(0, 40)), 'fin'),
    { code: 'stream_cut' },
  ],
  [
    'reset within the body',
    (...of) => raw(join(HALF, '\r\n', answerOf(...of).subarray(0, 40)), 'reset'),
    { code: 'stream_cut' },
  ],
  ['closed within a chunk', () => raw(`${CHUNKED}\r\n400\r\n`, 'fin'), { code: 'stream_cut' }],
  ['chunks that are none', () => raw(`${CHUNKED}\r\nzz\r\nrest\r\n`, 'fin'), { code: 'stream_cut' }],
  ['something that is not HTTP', () => raw(`SSH-2.0-OpenSSH_9.6 ${KEY}\r\n`, 'silence'), { code: 'connection_failed' }],
  ['headers without end', () => raw(`${head({})}X: ${'x'.repeat(300_000)}`, 'silence'), { code: 'connection_failed' }],
  // Against RFC 9110 §15.2, and all the same: undici takes no 100 that it has not asked for.
  ['an unasked 100', () => raw('HTTP/1.1 100 Continue\r\n\r\n', 'silence'), { code: 'connection_failed' }],
  ['silence', () => silence, { code: 'call_timeout', message: /0\.08 s/, spec: SOON }],
  [
    'silence after the headers',
    () => raw(`${HALF}\r\n`, 'silence'),
    { code: 'call_timeout', message: /stopped/, spec: IDLE },
  ],
  [
    'silence within the body',
    (wire, stream) => streamed([answerOf(wire, stream).subarray(0, 40)], 'silence'),
    { code: 'call_timeout', message: /stopped/, spec: IDLE },
  ],
  ['a body that drips', (...of) => dripping(answerOf(...of)), { code: 'call_timeout', message: /0\.08 s/, spec: SOON }],
];

/** A byte of it now and then. */
function dripping(bytes: Buffer): Fault {
  return (socket) => {
    socket.write(`${CHUNKED}\r\n`);
    let next = 0;
    const timer = setInterval(() => {
      socket.write(join('1\r\n', bytes.subarray(next, next + 1), '\r\n'));
      next += 1;
    }, 5);
    socket.on('close', () => clearInterval(timer));
  };
}

/** Odd, and right all the same. */
const ODD: [name: string, fault: (wire: FaultWire, stream: boolean) => Fault][] = [
  [
    'comes byte by byte',
    (wire, stream) =>
      streamed(
        [...answerOf(wire, stream)].map((byte) => Uint8Array.of(byte)),
        'end',
        { apart: true },
      ),
  ],
  [
    'ends with its connection',
    (...of) => raw(join(head({ headers: { Connection: 'close' } }), '\r\n', answerOf(...of)), 'fin'),
  ],
  ['comes from HTTP/1.0', (...of) => raw(join('HTTP/1.0 200 OK\r\n\r\n', answerOf(...of)), 'fin')],
  [
    'comes after early hints',
    (...of) =>
      raw(
        join('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n', sized(answerOf(...of))),
        'silence',
      ),
  ],
  [
    'has something behind it',
    (...of) => raw(join(sized(answerOf(...of)), 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx'), 'silence'),
  ],
  [
    'has trailers',
    (...of) => raw(join(`${CHUNKED}Trailer: X\r\n\r\n`, chunkOf(answerOf(...of)), '0\r\nX: y\r\n\r\n'), 'silence'),
  ],
  ['says that it will close, and does not', (...of) => raw(sized(answerOf(...of), 'Connection: close\r\n'), 'silence')],
];

function sized(body: Buffer, more = ''): Buffer {
  return join(`HTTP/1.1 200 OK\r\n${more}Content-Length: ${body.length}\r\n\r\n`, body);
}

function chunkOf(body: Buffer): Buffer {
  return join(`${body.length.toString(16)}\r\n`, body, '\r\n');
}

describe.each(WIRES.map((wire) => [wire.name, wire] as const))('%s', (_name, wire) => {
  let calls: FaultCalls;
  beforeAll(async () => {
    calls = await FaultCalls.start(wire);
  });
  afterAll(() => calls.stop());

  describe.each([
    ['whole', false],
    ['streamed', true],
  ])('%s', (_, stream) => {
    test.each(FAULTS)('%s', async (_what, fault, expected) => {
      await calls.expectFailure(fault(wire, stream), stream, expected);
    });

    test.each(ODD)('an answer that %s is an answer', async (_what, fault) => {
      calls.server.answer(fault(wire, stream));
      const { completion, error } = await calls.call(stream);
      expect(error).toBeUndefined();
      expect(completion).toMatchObject({ content: WORD });
      expect(calls.server.calls).toBe(1);
      await calls.expectOrder(stream);
    });

    test('a connection that is cut while nobody uses it costs no answer', async () => {
      calls.server.answer(calls.good(stream));
      await calls.call(stream);
      for (const socket of calls.server.sockets) socket.destroy();
      const { completion } = await calls.call(stream);
      expect(completion).toMatchObject({ content: WORD });
      expect(calls.server.calls).toBe(2);
    });

    test('nobody listens', async () => {
      const gone = await FaultCalls.start(wire);
      await gone.stop();
      const { error, waits } = await gone.call(stream);
      expect(error).toMatchObject({
        failure: { code: 'connection_failed', message: expect.stringContaining('ECONNREFUSED') },
      });
      expect(waits).toHaveLength(2);
    });
  });
});
