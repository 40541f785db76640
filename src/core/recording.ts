/** A conversation that was held before, whoever recorded it. */
import type { JsonValue, Message } from './conversation.js';

export interface Recording {
  messages: Message[];
  /** For each message when it was said, in milliseconds since the first one with a time; undefined: not known. */
  offsetsMs: (number | undefined)[];
  /** What the recording says about itself, e.g. its session and the provider that answered. */
  metadata: { [name: string]: JsonValue };
}

/** One conversation of a file of recordings, read when it is needed. */
export interface RecordedConversation {
  /** Unique among those read together: the file, the number or id in it, or both. */
  name: string;
  /** Path of the file within the bundle. */
  file: string;
  /** The scenario that was played, where the recording says so. */
  scenario?: string;
  /** Milliseconds from the first message to the last; undefined where no message has a time. */
  durationMs?: number;
  read(): Recording;
}
