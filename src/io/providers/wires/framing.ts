/** How the objects of a stream follow each other. */
import { ArenaError } from '../../../core/errors.js';
import { parseJson } from '../../../core/nesting.js';
import { EventStreamReader, loadEventStream } from './aws-event-stream.js';
import { NdjsonReader } from './ndjson.js';
import { SseReader } from './sse.js';
import { type Framing, isRecord, type StreamEvent } from './wire.js';

/** Takes the bytes of a stream apart. `end`: the connection has ended in good order. */
export interface FrameReader {
  push(chunk: Buffer): void;
  end(): void;
}

export interface FrameOptions {
  /** Longest single object, in bytes. */
  maxBytes: number;
  onEvent(event: StreamEvent): void;
  /** The service has said that nothing more comes. */
  onDone(): void;
}

/** What is to be awaited before the first stream of a framing; undefined when nothing is. */
export function loadFraming(framing: Framing): Promise<void> | undefined {
  return framing === 'aws-event-stream' ? loadEventStream() : undefined;
}

export function openFrames(framing: Framing, options: FrameOptions): FrameReader {
  if (framing === 'sse') return new SseReader((data) => takeEvent(data, options), options.maxBytes);
  if (framing === 'aws-event-stream') return new EventStreamReader(options);
  return new NdjsonReader((line) => options.onEvent(parseEvent(line)), options.maxBytes);
}

function takeEvent(data: string, { onEvent, onDone }: FrameOptions): void {
  if (data === '[DONE]') onDone();
  else onEvent(parseEvent(data));
}

function parseEvent(data: string): StreamEvent {
  let event: unknown;
  try {
    event = parseJson(data);
  } catch {
    event = undefined;
  }
  if (isRecord(event)) return event;
  throw new ArenaError({ code: 'malformed_answer', message: 'The stream holds an event that is not a JSON object.' });
}

/** What stands at the begin of a line of server-sent events: a comment, or one of their fields. */
const SSE_BEGINS = [':', 'data', 'event', 'id', 'retry'];

/**
 * What an answer to a call for a stream is by its first bytes; undefined while they are blanks. A line of JSON may be
 * either, and is read alike.
 */
export function looksLike(framing: Framing, begin: Buffer): 'stream' | 'document' | undefined {
  // The length of a message, most significant byte first; none is so long that this byte is another.
  if (framing === 'aws-event-stream') return begin[0] === 0 ? 'stream' : 'document';
  const text = begin.toString('utf8', 0, 64).trimStart();
  if (text === '') return undefined;
  if (framing === 'ndjson') return text.startsWith('{') ? 'stream' : 'document';
  return SSE_BEGINS.some((word) => text.startsWith(word) || word.startsWith(text)) ? 'stream' : 'document';
}
