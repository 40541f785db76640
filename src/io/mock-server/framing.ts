/** How the events of a stream are told apart, where they are text. */
import type { Framing, WireEvent } from './wire.js';

/** Server-sent events. */
export const serverSentEvents: Framing = {
  contentType: 'text/event-stream',
  frame: (events) =>
    events.map((event) => `${event.name === undefined ? '' : `event: ${event.name}\n`}data: ${textOfEvent(event)}\n\n`),
};

/** One JSON document a line. */
export const jsonLines: Framing = {
  contentType: 'application/x-ndjson',
  frame: (events) => events.map((event) => `${textOfEvent(event)}\n`),
};

/** One JSON array, an element an event. */
export const jsonArray: Framing = {
  contentType: 'application/json; charset=UTF-8',
  frame: (events) => {
    const frames = events.map((event, index) => `${index === 0 ? '[' : ',\r\n'}${textOfEvent(event)}`);
    return [...frames, frames.length === 0 ? '[]' : '\r\n]'];
  },
  errorDocument: (body) => [body],
};

export function textOfEvent({ data }: WireEvent): string {
  return typeof data === 'string' ? data : JSON.stringify(data);
}
