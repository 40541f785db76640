/**
 * The binary event stream of AWS (`application/vnd.amazon.eventstream`): messages with headers, a body of JSON and two
 * checksums. Source: Amazon Transcribe developer guide, "Event stream encoding"; Smithy, "Amazon event stream".
 */
import type { EventStreamCodec } from '@smithy/eventstream-codec';
import { ArenaError } from '../../../core/errors.js';
import { parseJson } from '../../../core/nesting.js';
import { optionalPackage } from '../auth/optional-package.js';
import { tooLarge } from '../too-large.js';
import type { FrameOptions, FrameReader } from './framing.js';
import { isRecord, type StreamEvent, textOrEmpty } from './wire.js';

/** Length, length of the headers, checksum of both, and the checksum at the end. */
const MIN_MESSAGE_BYTES = 16;

/** What says how long a message is. */
const LENGTH_BYTES = 4;

let codec: EventStreamCodec | undefined;
let loading: Promise<void> | undefined;

/** Loads the codec once for the process. Undefined when it is there. */
export function loadEventStream(): Promise<void> | undefined {
  if (codec !== undefined) return undefined;
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<void> {
  const [{ EventStreamCodec: Codec }, { fromUtf8, toUtf8 }] = await optionalPackage(
    () => Promise.all([import('@smithy/eventstream-codec'), import('@smithy/util-utf8')]),
    '@smithy/eventstream-codec @smithy/util-utf8',
    'streams of Amazon Bedrock',
  );
  codec = new Codec(toUtf8, fromUtf8);
}

/**
 * Gives each message as an object with one member, its name: `{contentBlockDelta: {…}}`. What is wrapped in `chunk`
 * messages is given as it stands inside, and an exception as `{error: {type, message}}`.
 */
export class EventStreamReader implements FrameReader {
  /** What has come of the next message, and how much of it is needed to go on: its length first, then all of it. */
  private pieces: Buffer[] = [];
  private size = 0;
  private needed = LENGTH_BYTES;

  constructor(private readonly options: FrameOptions) {}

  push(chunk: Buffer): void {
    this.pieces.push(chunk);
    this.size += chunk.length;
    // Pieces are joined when enough of them are there: at each one, it would make a long message quadratic.
    if (this.size < this.needed) return;
    let bytes = this.pieces.length === 1 ? chunk : Buffer.concat(this.pieces, this.size);
    this.needed = LENGTH_BYTES;
    while (bytes.length >= LENGTH_BYTES) {
      const length = bytes.readUInt32BE(0);
      if (length < MIN_MESSAGE_BYTES) throw malformed(`a message of ${length} bytes`);
      if (length > this.options.maxBytes) throw tooLarge(this.options.maxBytes);
      if (bytes.length < length) {
        this.needed = length;
        break;
      }
      this.message(bytes.subarray(0, length));
      bytes = bytes.subarray(length);
    }
    this.pieces = bytes.length === 0 ? [] : [bytes];
    this.size = bytes.length;
  }

  end(): void {
    if (this.size === 0) return;
    throw new ArenaError({ code: 'stream_cut', message: 'The stream ended in the middle of a message.' });
  }

  private message(bytes: Buffer): void {
    const { headers, body } = decode(bytes);
    const kind = headerText(headers, ':message-type');
    if (kind === 'event') {
      this.event(headerText(headers, ':event-type'), parse(body));
    } else if (kind === 'exception') {
      this.options.onEvent({ error: { ...parse(body), type: headerText(headers, ':exception-type') } });
    } else if (kind === 'error') {
      const message = headerText(headers, ':error-message');
      this.options.onEvent({ error: { type: headerText(headers, ':error-code'), message } });
    }
    // Messages of other kinds are for readers of later versions.
  }

  private event(name: string, body: StreamEvent): void {
    if (name !== 'chunk' || body.bytes === undefined) {
      this.options.onEvent({ [name]: body });
      return;
    }
    this.options.onEvent(parse(Buffer.from(textOrEmpty(body.bytes), 'base64')));
  }
}

type Message = ReturnType<EventStreamCodec['decode']>;

function decode(bytes: Buffer): Message {
  if (codec === undefined) throw new Error('the codec of the event stream was not loaded');
  try {
    return codec.decode(bytes);
  } catch (error) {
    throw malformed('a message that is damaged', error);
  }
}

function headerText(headers: Message['headers'], name: string): string {
  return Object.hasOwn(headers, name) ? textOrEmpty(headers[name]?.value) : '';
}

function parse(body: Uint8Array): StreamEvent {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = parseJson(Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8'));
  } catch (error) {
    throw malformed('a message that is not JSON', error);
  }
  if (isRecord(value)) return value;
  throw malformed('a message that is not a JSON object');
}

function malformed(what: string, cause?: unknown): ArenaError {
  return new ArenaError({ code: 'malformed_answer', message: `The event stream holds ${what}.` }, { cause });
}
