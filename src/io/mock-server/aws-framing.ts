/** The binary event stream of AWS. */

import type { MessageHeaders, MessageHeaderValue } from '@smithy/eventstream-codec';
import { textOfEvent } from './framing.js';
import { exceptionName } from './platforms/aws.js';
import type { Framing, WireEvent } from './wire.js';

const CONTENT_TYPE = 'application/vnd.amazon.eventstream';

/** Each event under its own name. */
export const awsEvents: Framing = {
  contentType: CONTENT_TYPE,
  frame: (events) => encode(events, ({ name = 'chunk' }) => name, textOfEvent),
};

/** Events of another API inside `chunk` events, as base64. */
export const awsChunks: Framing = {
  contentType: CONTENT_TYPE,
  frame: (events) =>
    encode(
      events,
      () => 'chunk',
      (event) => JSON.stringify({ bytes: Buffer.from(textOfEvent(event)).toString('base64') }),
    ),
};

async function encode(
  events: WireEvent[],
  nameOf: (event: WireEvent) => string,
  bodyOf: (event: WireEvent) => string,
): Promise<Uint8Array[]> {
  // Optional packages, loaded by whoever streams in this form.
  const [{ EventStreamCodec }, { fromUtf8, toUtf8 }] = await Promise.all([
    import('@smithy/eventstream-codec'),
    import('@smithy/util-utf8'),
  ]);
  const codec = new EventStreamCodec(toUtf8, fromUtf8);
  return events.map((event) => {
    const { fault } = event;
    const headers: MessageHeaders = { ':content-type': text('application/json') };
    headers[':message-type'] = text(fault === undefined ? 'event' : 'exception');
    if (fault === undefined) headers[':event-type'] = text(nameOf(event));
    else headers[':exception-type'] = text(streamException(fault));
    return codec.encode({ headers, body: fromUtf8(fault === undefined ? bodyOf(event) : textOfEvent(event)) });
  });
}

function text(value: string): MessageHeaderValue {
  return { type: 'string', value };
}

/** Inside a stream, exceptions are members of a union, whose names start small. */
function streamException(fault: NonNullable<WireEvent['fault']>): string {
  const name = exceptionName(fault);
  return name.charAt(0).toLowerCase() + name.slice(1);
}
