import type { ReportFile, RunSummary } from '../core/run.js';
import type { ReportFormat } from '../schema/job.js';
import { reportFiles } from '../schema/report-files.js';
import { CsvWriter } from './csv.js';
import { HtmlWriter } from './html/html.js';
import { JsonDocumentWriter } from './json-document.js';
import { JsonLinesWriter } from './json-lines.js';
import { JunitWriter } from './junit.js';
import { MarkdownWriter } from './markdown/markdown.js';
import type { RecordLine } from './record-line.js';
import type { RecordWriter } from './record-writer.js';
import { ReportFileWriter } from './report-file.js';
import { type OptionalFormat, type ReportOptions, reportPaths } from './report-options.js';
import type { ReportOutput } from './report-output.js';

function writerOf(
  format: OptionalFormat,
  file: ReportFileWriter,
  summary: RunSummary,
  options: ReportOptions,
): RecordWriter | Promise<RecordWriter> {
  switch (format) {
    case 'json':
      return new JsonDocumentWriter(file, options.json);
    case 'csv':
      return new CsvWriter(file);
    case 'junit':
      return new JunitWriter(file, summary, options.junit);
    case 'markdown':
      return new MarkdownWriter(file, summary, options.markdown ?? {});
    case 'html':
      return HtmlWriter.start(file, summary, options.html ?? {});
  }
}

async function feed(writers: readonly RecordWriter[], records: AsyncIterable<RecordLine>): Promise<void> {
  for await (const entry of records) {
    for (const writer of writers) {
      const written = writer.add(entry);
      if (written) await written;
    }
  }
}

/**
 * Writes summary.json, results.jsonl and the reports of `formats`, in one pass over the records, which come in item
 * order. Memory does not grow with their number. summary.json is written last, so where it stands, all the others
 * are whole; its `reports` names all files but itself. When anything fails, the files begun are given up.
 */
export async function writeReports(
  formats: readonly ReportFormat[],
  summary: RunSummary,
  records: AsyncIterable<RecordLine>,
  output: ReportOutput,
  options: ReportOptions = {},
): Promise<ReportFile[]> {
  const paths = reportPaths(formats, options);
  const files: ReportFileWriter[] = [];
  const open = async (path: string, format: string): Promise<ReportFileWriter> => {
    const file = await ReportFileWriter.open(output, path, format);
    files.push(file);
    return file;
  };
  try {
    const writers: RecordWriter[] = [new JsonLinesWriter(await open(reportFiles.jsonl, 'jsonl'))];
    for (const [format, path] of paths) {
      writers.push(await writerOf(format, await open(path, format), summary, options));
    }
    await feed(writers, records);
    const reports: ReportFile[] = [];
    for (const writer of writers) reports.push(await writer.end());
    const last = await open(reportFiles.summary, 'json');
    await last.add(`${JSON.stringify({ ...summary, reports }, undefined, 2)}\n`);
    return [await last.end(), ...reports];
  } catch (error) {
    await Promise.allSettled(files.map((file) => file.abort()));
    throw error;
  }
}
