import type { ReportFile } from '../core/run.js';
import type { RecordWriter } from './record-writer.js';
import type { ReportFileWriter } from './report-file.js';

/** A report that the summary alone tells; records add nothing to it. */
export class TextWriter implements RecordWriter {
  constructor(
    private readonly file: ReportFileWriter,
    private readonly text: string,
  ) {}

  add(): undefined {
    return undefined;
  }

  async end(): Promise<ReportFile> {
    await this.file.add(this.text);
    return this.file.end();
  }
}
