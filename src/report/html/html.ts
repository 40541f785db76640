import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ReportFile, RunSummary } from '../../core/run.js';
import type { RecordLine } from '../record-line.js';
import type { RecordWriter } from '../record-writer.js';
import type { ReportFileWriter } from '../report-file.js';
import type { ReportOptions } from '../report-options.js';
import { pageEnd, pageStart } from './document.js';
import { pageAssets } from './page-assets.js';
import { PageSelection } from './page-selection.js';
import { conversationView, type RowView, rowView } from './page-view.js';

/** A block is what the page unpacks at a time: large enough to compress well, small enough to open at once. */
const BLOCK_CHARS = 512 * 1024;
const BLOCK_ROWS = 500;

const compress = promisify(gzip);

/**
 * report.html: one file that needs nothing else. The tables are plain HTML; the conversations follow as blocks of
 * compressed JSON in base64, which no text in them can leave, and which the page's script shows as text only.
 */
export class HtmlWriter implements RecordWriter {
  private rows: RowView[] = [];
  /** JSON of each row's conversation, `null` where it is left out. */
  private views: string[] = [];
  private size = 0;

  private constructor(
    private readonly file: ReportFileWriter,
    private readonly includeMetadata: boolean,
    private readonly selection: PageSelection,
    private readonly script: string,
  ) {}

  static async start(
    file: ReportFileWriter,
    summary: RunSummary,
    options: NonNullable<ReportOptions['html']>,
  ): Promise<HtmlWriter> {
    const assets = await pageAssets();
    const selection = new PageSelection(summary.counts);
    await file.add(pageStart(summary, options, assets));
    return new HtmlWriter(file, options.includeMetadata ?? true, selection, assets.script);
  }

  add(entry: RecordLine): Promise<void> | undefined {
    const { record } = entry;
    const shown = this.selection.choose(record.verdict, this.file.bytes);
    if (shown === 'nothing') return undefined;
    const held = shown === 'all';
    const view = held ? JSON.stringify(conversationView(record, this.includeMetadata)) : 'null';
    this.rows.push(rowView(record, held));
    this.views.push(view);
    this.size += view.length;
    return this.size >= BLOCK_CHARS || this.rows.length >= BLOCK_ROWS ? this.flush() : undefined;
  }

  async end(): Promise<ReportFile> {
    await this.flush();
    await this.file.add(pageEnd(this.script));
    return this.file.end();
  }

  private async flush(): Promise<void> {
    if (this.rows.length === 0) return;
    const rows = JSON.stringify(this.rows);
    const views = `[${this.views.join(',')}]`;
    this.rows = [];
    this.views = [];
    this.size = 0;
    await this.file.add(await block('rows', rows), await block('conversations', views));
  }
}

async function block(kind: string, json: string): Promise<string> {
  const packed = await compress(json);
  return `<script type="text/plain" data-block="${kind}">${packed.toString('base64')}</script>\n`;
}
