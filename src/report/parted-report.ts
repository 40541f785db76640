import { posix } from 'node:path';
import type { ReportFile } from '../core/run.js';
import type { RecordLine } from './record-line.js';
import type { RecordWriter } from './record-writer.js';

/** A file of a report, and which conversations stand in it. */
export interface ReportPart extends ReportFile {
  records: number;
  /** `index` of the first and the last of them; null when there are none. */
  firstItem: number | null;
  lastItem: number | null;
}

export interface PartedReportOptions {
  /** Of the file when it is one; parts get their number before the extension. */
  path: string;
  start(path: string): Promise<RecordWriter>;
  /** Most records of a part; undefined: one file, whatever its size. */
  partRecords: number | undefined;
  /** Records of the same group stay in one part where they can. Default: each record is a group. */
  groupOf?: (entry: RecordLine) => string;
}

/** One report as a file, or as numbered parts: `results-0001.csv`, `results-0002.csv` and so on. */
export class PartedReport {
  private readonly parts: ReportPart[] = [];
  private records = 0;
  private first: RecordLine | undefined;
  private last: RecordLine | undefined;
  private group: string | undefined;
  private groupSize = 0;

  private constructor(
    private readonly options: PartedReportOptions,
    private writer: RecordWriter,
  ) {}

  static async start(options: PartedReportOptions): Promise<PartedReport> {
    return new PartedReport(options, await options.start(pathOf(options, 1)));
  }

  /** A returned promise must be awaited before the next call; usually there is none. */
  add(entry: RecordLine): Promise<void> | undefined {
    const { partRecords } = this.options;
    if (partRecords === undefined) return this.writer.add(entry);
    return this.beginsPart(entry, partRecords) ? this.nextPart().then(() => this.put(entry)) : this.put(entry);
  }

  /** The files, in order. */
  async end(): Promise<ReportPart[]> {
    await this.endPart();
    return this.parts;
  }

  private put(entry: RecordLine): Promise<void> | undefined {
    this.records += 1;
    this.first ??= entry;
    this.last = entry;
    return this.writer.add(entry);
  }

  /** How large the next group is shows only at its end, so it is taken to be as large as the one before. */
  private beginsPart(entry: RecordLine, partRecords: number): boolean {
    const full = this.records >= partRecords;
    if (this.options.groupOf === undefined) return full;
    const group = this.options.groupOf(entry);
    const size = this.groupSize;
    const begins = group !== this.group;
    this.group = group;
    this.groupSize = begins ? 1 : size + 1;
    // Groups of very different sizes must not make many small parts.
    return full || (begins && this.records >= partRecords / 2 && this.records + size > partRecords);
  }

  private async nextPart(): Promise<void> {
    await this.endPart();
    this.writer = await this.options.start(pathOf(this.options, this.parts.length + 1));
  }

  private async endPart(): Promise<void> {
    const { records, first, last } = this;
    const items = { firstItem: first?.record.index ?? null, lastItem: last?.record.index ?? null };
    this.parts.push({ ...(await this.writer.end()), records, ...items });
    this.records = 0;
    this.first = undefined;
    this.last = undefined;
  }
}

function pathOf({ path, partRecords }: PartedReportOptions, number: number): string {
  if (partRecords === undefined) return path;
  const { dir, name, ext } = posix.parse(path);
  return posix.join(dir, `${name}-${String(number).padStart(4, '0')}${ext}`);
}
