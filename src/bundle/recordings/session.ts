/** Session recordings: a log of events with their times, of which those that bring messages count. */
import type { Recording } from '../../core/recording.js';
import { assemble } from './assemble.js';
import {
  amountOf,
  countOf,
  type Fields,
  field,
  fieldsOf,
  isFields,
  kindOf,
  type Path,
  RecordingFault,
  spanOf,
  textOf,
  timeOf,
} from './fields.js';
import { underscored } from './go-names.js';
import { type ReadMessage, readMessage, readUsage } from './message.js';
import { metadataOf } from './metadata.js';

const MESSAGES = new Set(['message', 'message.created']);

interface TimedMessage extends ReadMessage {
  offsetMs?: number;
}

export function looksLikeSession(value: unknown): boolean {
  return isFields(value) && Array.isArray(field(value, 'events'));
}

/** A line of an event stream, which may wrap its event. */
export function looksLikeEvent(line: unknown): boolean {
  if (!isFields(line)) return false;
  const event = fieldsOf(line, 'event') ?? line;
  return textOf(event, 'type', 'event_type') !== undefined && textOf(event, 'role', 'from') === undefined;
}

/** A recording in one document: `{metadata, events}`. */
export function readSession(value: unknown): Recording {
  if (!isFields(value)) throw new RecordingFault([], `must be a map with events, not ${kindOf(value)}`);
  const events = field(value, 'events');
  if (!Array.isArray(events)) throw new RecordingFault([], 'has no list of events', 'write another recording.type');
  const metadata = fieldsOf(value, 'metadata') ?? {};
  return readEvents(events, metadata, (index) => ['events', index]);
}

/** A recording as a stream: one event a line, perhaps after a line that describes the session. */
export function readEventStream(lines: readonly unknown[]): Recording {
  const [first] = lines;
  const described = isFields(first) && !looksLikeEvent(first) ? first : undefined;
  const metadata = described === undefined ? {} : (fieldsOf(described, 'metadata') ?? described);
  const skipped = described === undefined ? 0 : 1;
  return readEvents(lines.slice(skipped), metadata, (index) => [index + skipped]);
}

function readEvents(events: readonly unknown[], metadata: Fields, pathOf: (index: number) => Path): Recording {
  const ordered = events.map((event, index) => ({ event: unwrap(event, pathOf(index)), path: pathOf(index) }));
  if (ordered.every(({ event }) => sequenceOf(event) !== undefined)) {
    ordered.sort((a, b) => (sequenceOf(a.event) ?? 0) - (sequenceOf(b.event) ?? 0));
  }
  const startedAt = timeOf(metadata, 'start_time', 'startTime');
  const read: TimedMessage[] = [];
  for (const { event, path } of ordered) {
    const type = textOf(event, 'type', 'event_type') ?? '';
    if (MESSAGES.has(type)) read.push(...messagesOf(event, path, startedAt));
    else if (type === 'message.updated') update(read, underscored(fieldsOf(event, 'data') ?? event));
  }
  if (read.length === 0) {
    throw new RecordingFault([], 'holds no message', 'events of type message.created bring them');
  }
  const offsets = read.some(({ offsetMs }) => offsetMs !== undefined)
    ? read.map(({ offsetMs }) => offsetMs)
    : undefined;
  return assemble(read, metadataOf(metadata), [], offsets);
}

function unwrap(value: unknown, path: Path): Fields {
  if (!isFields(value)) throw new RecordingFault(path, `must be an event, not ${kindOf(value)}`);
  const inner = fieldsOf(value, 'event');
  return inner === undefined ? value : { sequence: field(value, 'sequence', 'seq'), ...inner };
}

function sequenceOf(event: Fields): number | undefined {
  return amountOf(event, 'sequence', 'seq');
}

function messagesOf(event: Fields, path: Path, startedAt: number | undefined): TimedMessage[] {
  const key = ['data', 'message', 'payload'].find((name) => fieldsOf(event, name) !== undefined);
  const value = underscored((key === undefined ? undefined : fieldsOf(event, key)) ?? event);
  const offsetMs = spanOf(event, 'offset') ?? amountOf(event, 'offset_ms');
  const toldAt = timeOf(event, 'timestamp', 'time');
  const at = toldAt ?? (startedAt === undefined || offsetMs === undefined ? undefined : startedAt + offsetMs);
  return readMessage(value, key === undefined ? path : [...path, key]).map((message): TimedMessage => {
    const rest = message.rest.at === undefined && at !== undefined ? { ...message.rest, at } : message.rest;
    return { ...message, rest, offsetMs };
  });
}

/** What a message has cost often comes after it, with its number in the conversation. */
function update(read: TimedMessage[], data: Fields): void {
  const message = read[countOf(data, 'index', 'message_index') ?? -1];
  if (message === undefined) return;
  const usage = readUsage(data);
  const costUsd = amountOf(data, 'total_cost', 'total_cost_usd', 'cost_usd');
  const latencyMs = amountOf(data, 'latency_ms');
  message.rest = {
    ...message.rest,
    ...(usage === undefined ? {} : { usage }),
    ...(costUsd === undefined ? {} : { costUsd }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
  };
}
