import type { ReportFile, RunSummary } from '../core/run.js';
import type { ReportFormat } from '../schema/job.js';
import { reportFiles } from '../schema/report-files.js';
import { CsvWriter } from './csv.js';
import { dataFiles, datasetManifest } from './dataset/manifest.js';
import { HtmlReport } from './html/html-report.js';
import { JsonDocumentWriter } from './json-document.js';
import { JsonLinesWriter } from './json-lines.js';
import { JunitWriter, suiteName } from './junit.js';
import { loadRowsCsv, loadSeriesCsv } from './load/csv.js';
import { loadJunit } from './load/junit.js';
import { MarkdownWriter } from './markdown/markdown.js';
import { PartedReport, type PartedReportOptions, type ReportPart } from './parted-report.js';
import { recordCounts } from './record-counts.js';
import type { RecordLine } from './record-line.js';
import type { RecordWriter } from './record-writer.js';
import { RecordingsWriter } from './recordings/recordings-writer.js';
import { ReportFileWriter } from './report-file.js';
import { type OptionalFormat, type ReportOptions, reportPaths } from './report-options.js';
import type { ReportOutput } from './report-output.js';
import { TextWriter } from './text-writer.js';

/** Most records of a file that is complete; a run with more gets such files in parts. */
const MAX_PART_RECORDS = 50_000;

/** A report as it is fed: one file, or several. */
interface Report {
  add(entry: RecordLine): Promise<void> | undefined;
  /** Its files, in order. */
  end(): Promise<(ReportFile | ReportPart)[]>;
}

/** The page sees to its parts itself: its first one shows a choice. */
type WrittenFormat = Exclude<OptionalFormat, 'html'>;

function writerOf(
  format: WrittenFormat,
  file: ReportFileWriter,
  summary: RunSummary,
  options: ReportOptions,
  parted: boolean,
): RecordWriter {
  const { load } = summary;
  switch (format) {
    case 'json':
      return new JsonDocumentWriter(file, options.json);
    case 'csv':
      return load === undefined ? new CsvWriter(file) : new TextWriter(file, loadRowsCsv(load));
    case 'junit':
      return load === undefined
        ? new JunitWriter(file, summary, options.junit, parted)
        : new TextWriter(file, loadJunit(summary, load));
    case 'markdown':
      return new MarkdownWriter(file, summary, options.markdown ?? {});
  }
}

async function feed(reports: readonly Report[], records: AsyncIterable<RecordLine>): Promise<void> {
  for await (const entry of records) {
    for (const report of reports) {
      const written = report.add(entry);
      if (written) await written;
    }
  }
}

/**
 * Writes summary.json, results.jsonl and the reports of `formats`, in one pass over the records, which come in item
 * order. Memory does not grow with their number. A run with more than `maxPartRecords` records has its complete reports
 * in parts, and manifest.json beside them. Of a load test the records are samples; its tables come from the summary.
 * summary.json is written last, so where it stands, all the others are whole; its `reports` names all files but itself.
 * When anything fails, the files begun are given up. Of generated data, the files of the records are there before: what
 * is written is their manifest.
 */
export async function writeReports(
  formats: readonly ReportFormat[],
  summary: RunSummary,
  records: AsyncIterable<RecordLine>,
  output: ReportOutput,
  options: ReportOptions = {},
  maxPartRecords = MAX_PART_RECORDS,
): Promise<ReportFile[]> {
  const paths = reportPaths(formats, options);
  const { passed, failed, errored } = recordCounts(summary);
  const partRecords = passed + failed + errored > maxPartRecords ? maxPartRecords : undefined;
  const files: ReportFileWriter[] = [];
  const open = async (path: string, format: string): Promise<ReportFileWriter> => {
    const file = await ReportFileWriter.open(output, path, format);
    files.push(file);
    return file;
  };
  const writeJson = async (path: string, value: unknown): Promise<ReportFile> => {
    const file = await open(path, 'json');
    await file.add(`${JSON.stringify(value, undefined, 2)}\n`);
    return file.end();
  };
  const seriesOf = (format: WrittenFormat, path: string): PartedReportOptions => ({
    path,
    start: async (part) => writerOf(format, await open(part, format), summary, options, partRecords !== undefined),
    // A report for people shows a part of a large run and stays one file.
    partRecords: format === 'markdown' ? undefined : partRecords,
    groupOf: format === 'junit' ? (entry) => suiteName(entry.record) : undefined,
  });
  const pagesAt = (path: string): Promise<Report> =>
    HtmlReport.start(summary, { ...options.html, path, maxItems: maxPartRecords, open: (one) => open(one, 'html') });
  const lines: PartedReportOptions = {
    path: reportFiles.jsonl,
    start: async (part) => new JsonLinesWriter(await open(part, 'jsonl')),
    partRecords,
  };
  try {
    const series: { report: Report; parted: boolean }[] = [];
    const addSeries = async (one: PartedReportOptions): Promise<void> => {
      series.push({ report: await PartedReport.start(one), parted: one.partRecords !== undefined });
    };
    await addSeries(lines);
    for (const [format, path] of paths) {
      if (format === 'html') series.push({ report: await pagesAt(path), parted: false });
      else await addSeries(seriesOf(format, path));
    }
    const { load } = summary;
    if (load !== undefined && paths.has('csv')) {
      const start = async (path: string) => new TextWriter(await open(path, 'csv'), loadSeriesCsv(load));
      await addSeries({ path: reportFiles.series, start, partRecords: undefined });
    }
    const { recordings } = options;
    if (recordings !== undefined) {
      const start = async () => new RecordingsWriter(output, recordings.dir);
      await addSeries({ path: recordings.dir, start, partRecords: undefined });
    }
    await feed(
      series.map(({ report }) => report),
      records,
    );
    const reports: ReportFile[] = [];
    const parts: ReportPart[] = [];
    for (const { report, parted } of series) {
      const ended = await report.end();
      reports.push(...ended.map(({ path, bytes, format }) => ({ path, bytes, format })));
      if (parted) parts.push(...ended.filter((file) => 'records' in file));
    }
    if (summary.dataset !== undefined) {
      reports.unshift(await writeJson(reportFiles.dataset, datasetManifest(summary, summary.dataset)));
      reports.push(...dataFiles(summary.dataset));
    }
    if (partRecords !== undefined) {
      const { run, job } = summary;
      reports.unshift(await writeJson(reportFiles.manifest, { schemaVersion: 1, run, job, partRecords, parts }));
    }
    return [await writeJson(reportFiles.summary, { ...summary, reports }), ...reports];
  } catch (error) {
    await Promise.allSettled(files.map((file) => file.abort()));
    throw error;
  }
}
