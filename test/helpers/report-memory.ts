import type { ConversationRecord } from '../../src/core/conversation.js';
import type { ReportFile, RunSummary } from '../../src/core/run.js';
import { RecordLine } from '../../src/report/record-line.js';
import type { ReportOptions } from '../../src/report/report-options.js';
import type { ReportOutput } from '../../src/report/report-output.js';
import { writeReports } from '../../src/report/write-reports.js';
import type { ReportFormat } from '../../src/schema/job.js';
import { sampleSummary } from './sample-records.js';

/** A report folder in memory; a file stands in `files` once it has ended. */
export class MemoryOutput implements ReportOutput {
  readonly files = new Map<string, Buffer>();
  readonly aborted: string[] = [];

  async open(path: string) {
    const chunks: Uint8Array[] = [];
    return {
      write: async (bytes: Uint8Array) => void chunks.push(bytes),
      end: async () => void this.files.set(path, Buffer.concat(chunks)),
      abort: async () => void this.aborted.push(path),
    };
  }

  text(path: string): string {
    const bytes = this.files.get(path);
    if (!bytes) throw new Error(`no ${path} among ${[...this.files.keys()].join(', ')}`);
    return bytes.toString();
  }
}

export async function* linesOf(records: Iterable<ConversationRecord>): AsyncGenerator<RecordLine> {
  for (const record of records) yield RecordLine.ofRecord(record);
}

/** Writes reports of these records into memory. */
export async function report(
  formats: readonly ReportFormat[],
  records: readonly ConversationRecord[],
  options: ReportOptions = {},
  summary: RunSummary = sampleSummary(records),
  maxPartRecords?: number,
): Promise<{ output: MemoryOutput; files: ReportFile[] }> {
  const output = new MemoryOutput();
  const files = await writeReports(formats, summary, linesOf(records), output, options, maxPartRecords);
  return { output, files };
}
