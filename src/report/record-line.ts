import type { ConversationRecord } from '../core/conversation.js';

/**
 * A record on its way into the reports, as JSON text, as an object or both. Whatever is missing is made when a writer
 * first asks for it: a run that wants only results.jsonl parses nothing.
 */
export class RecordLine {
  private constructor(
    private text: string | Uint8Array | undefined,
    private parsed: ConversationRecord | undefined,
  ) {}

  /** `line` is one JSON text without its line feed, as `JSON.stringify` writes a record. */
  static ofLine(line: string | Uint8Array): RecordLine {
    return new RecordLine(line, undefined);
  }

  static ofRecord(record: ConversationRecord): RecordLine {
    return new RecordLine(undefined, record);
  }

  get line(): string | Uint8Array {
    this.text ??= JSON.stringify(this.parsed);
    return this.text;
  }

  get record(): ConversationRecord {
    this.parsed ??= parse(this.text ?? '');
    return this.parsed;
  }
}

/** The line was written by us, so its shape is not checked again: at 100,000 records that would cost seconds. */
function parse(line: string | Uint8Array): ConversationRecord {
  return JSON.parse(
    typeof line === 'string' ? line : Buffer.from(line.buffer, line.byteOffset, line.length).toString(),
  );
}
