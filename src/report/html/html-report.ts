import { posix } from 'node:path';
import type { ConversationRecord } from '../../core/conversation.js';
import type { ReportFile, RunSummary } from '../../core/run.js';
import { recordCounts } from '../record-counts.js';
import type { RecordLine } from '../record-line.js';
import type { ReportFileWriter } from '../report-file.js';
import type { ReportOptions } from '../report-options.js';
import { conversationView } from './conversation-view.js';
import { pageEnd, pageStart, partStart } from './document.js';
import { pageAssets } from './page-assets.js';
import { PageFile } from './page-file.js';
import { type PageFrame, pageFoot, pageHead } from './page-frame.js';
import { PART_BYTES, PageSelection } from './page-selection.js';
import { rowView } from './row-view.js';
import { RunTotals } from './run-totals.js';
import type { PagePart } from './sections/parts.js';

export interface HtmlReportOptions extends NonNullable<ReportOptions['html']> {
  /** Path of the first page below the report folder. */
  path: string;
  /** Most conversations of a page; a run with more has its failures and a sample on the first one. */
  maxItems: number;
  open(path: string): Promise<ReportFileWriter>;
}

interface OpenPart extends PagePart {
  page: PageFile;
}

/**
 * report.html: one file that needs nothing else. What would make it too large stands in further pages beside it,
 * `report-2.html` and so on, in the order of the plan; each conversation stands in exactly one of them. Memory does not
 * grow with their number.
 */
export class HtmlReport {
  private readonly totals = new RunTotals();
  private readonly selection: PageSelection;
  private readonly includeMetadata: boolean;
  private readonly files: ReportFile[] = [];
  private readonly parts: PagePart[] = [];
  private part: OpenPart | undefined;

  private constructor(
    private readonly summary: RunSummary,
    private readonly options: HtmlReportOptions,
    private readonly frame: PageFrame,
    private readonly main: PageFile,
  ) {
    this.selection = new PageSelection(recordCounts(summary), options.maxItems);
    this.includeMetadata = options.includeMetadata ?? true;
  }

  static async start(summary: RunSummary, options: HtmlReportOptions): Promise<HtmlReport> {
    const { path, theme, includeMetadata = true } = options;
    const title = `${summary.job}: ${summary.phase}`;
    const frame: PageFrame = { title, theme, assets: await pageAssets() };
    const start = pageHead(frame) + pageStart(summary, includeMetadata);
    return new HtmlReport(summary, options, frame, await PageFile.start(await options.open(path), start));
  }

  /** A returned promise must be awaited before the next call; usually there is none. */
  add({ record }: RecordLine): Promise<void> | undefined {
    this.totals.add(record);
    const shown = this.selection.choose(record.verdict, this.main.bytes);
    if (shown !== 'all') return this.addElsewhere(record, shown === 'row');
    const { includeMetadata } = this;
    return this.main.add(rowView(record, includeMetadata), conversationView(record, includeMetadata));
  }

  /** The pages, the first one first. */
  async end(): Promise<ReportFile[]> {
    await this.endPart();
    const tail = pageEnd(this.summary, this.totals, this.parts) + pageFoot(this.frame);
    return [await this.main.end(tail), ...this.files];
  }

  private async addElsewhere(record: ConversationRecord, isListed: boolean): Promise<void> {
    const { includeMetadata } = this;
    const part = await this.partWithRoom(record.id);
    part.records += 1;
    part.last = record.id;
    await part.page.add(rowView(record, includeMetadata), conversationView(record, includeMetadata));
    if (isListed) await this.main.add(rowView(record, includeMetadata, part.file), null);
  }

  private async partWithRoom(first: string): Promise<OpenPart> {
    const { part } = this;
    if (part !== undefined && part.records < this.options.maxItems && part.page.bytes < PART_BYTES) return part;
    await this.endPart();
    const { dir, name, base, ext } = posix.parse(this.options.path);
    const number = this.parts.length + 2;
    const file = `${name}-${number}${ext}`;
    const frame = { ...this.frame, title: `${this.frame.title}, part ${number}` };
    const start = pageHead(frame) + partStart(this.summary, number, base);
    const page = await PageFile.start(await this.options.open(posix.join(dir, file)), start);
    this.part = { file, records: 0, first, last: first, page };
    return this.part;
  }

  private async endPart(): Promise<void> {
    if (this.part === undefined) return;
    const { page, ...part } = this.part;
    this.files.push(await page.end(pageFoot(this.frame)));
    this.parts.push(part);
    this.part = undefined;
  }
}
