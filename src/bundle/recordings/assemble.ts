/** From messages as they were read to one conversation in which every call and every result has its partner. */
import type { JsonValue, Message, ToolCall } from '../../core/conversation.js';
import type { Recording } from '../../core/recording.js';
import { type Path, RecordingFault } from './fields.js';
import type { ReadMessage } from './message.js';

/** A conversation of people and models is far shorter. */
const MAX_MESSAGES = 20_000;

/** `offsetsMs`: where the format has times of its own; otherwise those of the messages count. */
export function assemble(
  read: readonly ReadMessage[],
  metadata: Recording['metadata'],
  path: Path,
  offsetsMs?: readonly (number | undefined)[],
): Recording {
  if (read.length > MAX_MESSAGES) {
    throw new RecordingFault(path, `holds ${read.length} messages, at most ${MAX_MESSAGES} can be judged`, 'split it');
  }
  const unanswered: ToolCall[] = [];
  const answered = new Map<string, string>();
  const messages = read.map((message, index): Message => {
    const { role, content, rest } = message;
    if (role === 'tool') return { role, content, ...rest, toolResult: resultOf(message, unanswered, answered) };
    const toolCalls = message.calls.map((call, number) => ({
      id: call.id ?? `call_${index}_${number}`,
      name: call.name,
      args: call.args,
    }));
    unanswered.push(...toolCalls);
    return toolCalls.length === 0 ? { role, content, ...rest } : { role, content, toolCalls, ...rest };
  });
  return { messages, offsetsMs: offsetsMs ? [...offsetsMs] : offsetsOf(messages), metadata: bounded(metadata) };
}

/** A result belongs to the call of its id, else to the oldest call of its tool that has none, else to the oldest. */
function resultOf(
  { result = {} }: ReadMessage,
  unanswered: ToolCall[],
  answered: Map<string, string>,
): NonNullable<Message['toolResult']> {
  const { id, name, error, latencyMs } = result;
  let place = unanswered.findIndex((call) => (id === undefined ? call.name === name : call.id === id));
  if (place === -1 && id === undefined && name === undefined) place = 0;
  const call = unanswered[place];
  if (call !== undefined) unanswered.splice(place, 1);
  const known = { id: id ?? call?.id ?? '', name: name ?? call?.name ?? answered.get(id ?? '') ?? 'unknown' };
  answered.set(known.id, known.name);
  return {
    ...known,
    ...(error === undefined ? {} : { error }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
  };
}

function offsetsOf(messages: readonly Message[]): (number | undefined)[] {
  const first = messages.find(({ at }) => at !== undefined)?.at ?? 0;
  return messages.map(({ at }) => (at === undefined ? undefined : Math.max(0, at - first)));
}

/** From the first message to the last that has a time. */
export function durationOf({ offsetsMs }: Recording): number | undefined {
  return offsetsMs.reduce<number | undefined>(
    (most, offset) => (offset === undefined ? most : Math.max(most ?? 0, offset)),
    undefined,
  );
}

/** Metadata goes into every record that is made of the recording. */
const MAX_METADATA = 4096;
const MAX_VALUE = 200;

function bounded(metadata: Recording['metadata']): Recording['metadata'] {
  if (JSON.stringify(metadata).length <= MAX_METADATA) return metadata;
  const isShort = (value: JsonValue) => typeof value !== 'object' && String(value).length <= MAX_VALUE;
  return Object.fromEntries(
    Object.entries(metadata)
      .filter(([name, value]) => name.length <= MAX_VALUE && isShort(value))
      .slice(0, 20),
  );
}
