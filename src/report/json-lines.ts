import type { ReportFile } from '../core/run.js';
import type { RecordLine } from './record-line.js';
import type { RecordWriter } from './record-writer.js';
import type { ReportFileWriter } from './report-file.js';

const LINE_FEED = Buffer.from('\n');

/** results.jsonl: the records as they are, one a line. */
export class JsonLinesWriter implements RecordWriter {
  constructor(private readonly file: ReportFileWriter) {}

  add(entry: RecordLine): Promise<void> | undefined {
    return this.file.add(entry.line, LINE_FEED);
  }

  end(): Promise<ReportFile> {
    return this.file.end();
  }
}
