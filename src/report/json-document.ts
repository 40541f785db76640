import type { ConversationRecord } from '../core/conversation.js';
import type { ReportFile } from '../core/run.js';
import type { RecordLine } from './record-line.js';
import type { RecordWriter } from './record-writer.js';
import type { ReportFileWriter } from './report-file.js';
import type { ReportOptions } from './report-options.js';

/** results.json: one document, an array of all records. */
export class JsonDocumentWriter implements RecordWriter {
  private readonly pretty: boolean;
  private readonly includeRaw: boolean;
  private count = 0;

  constructor(
    private readonly file: ReportFileWriter,
    options: ReportOptions['json'],
  ) {
    this.pretty = options?.pretty ?? false;
    this.includeRaw = options?.includeRaw ?? false;
  }

  add(entry: RecordLine): Promise<void> | undefined {
    const start = this.count === 0 ? '[\n' : ',\n';
    this.count += 1;
    return this.file.add(start, this.textOf(entry));
  }

  async end(): Promise<ReportFile> {
    await this.file.add(this.count === 0 ? '[]\n' : '\n]\n');
    return this.file.end();
  }

  private textOf(entry: RecordLine): string | Uint8Array {
    const asIs = this.includeRaw || !mayHoldRaw(entry.line);
    if (!this.pretty) return asIs ? entry.line : JSON.stringify(withoutRaw(entry.record));
    const text = JSON.stringify(asIs ? entry.record : withoutRaw(entry.record), undefined, 2);
    return text.replace(/^/gm, '  ');
  }
}

/** A line without this key needs no parsing; where it stands inside something else, one parse is wasted. */
function mayHoldRaw(line: string | Uint8Array): boolean {
  return typeof line === 'string'
    ? line.includes('"raw":')
    : Buffer.from(line.buffer, line.byteOffset, line.length).includes('"raw":');
}

function withoutRaw(record: ConversationRecord): ConversationRecord {
  return { ...record, messages: record.messages.map(({ raw: _, ...message }) => message) };
}
