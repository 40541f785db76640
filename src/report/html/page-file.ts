import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ReportFile } from '../../core/run.js';
import type { ReportFileWriter } from '../report-file.js';
import type { ConversationView } from './conversation-view.js';
import type { RowView } from './row-view.js';

/** A block is what the page unpacks at a time: large enough to compress well, small enough to open at once. */
const BLOCK_CHARS = 512 * 1024;
const BLOCK_ROWS = 500;

const compress = promisify(gzip);

/**
 * One page on its way out: markup, then the conversations as blocks of compressed JSON in base64, which no text in them can
 * leave, and which the page's script shows as text only.
 */
export class PageFile {
  private rows: RowView[] = [];
  /** JSON of each row's conversation, `null` where it stands elsewhere. */
  private views: string[] = [];
  private size = 0;

  private constructor(private readonly file: ReportFileWriter) {}

  static async start(file: ReportFileWriter, start: string): Promise<PageFile> {
    await file.add(start);
    return new PageFile(file);
  }

  /** Bytes so far, but for the block that is being gathered. */
  get bytes(): number {
    return this.file.bytes;
  }

  /** A returned promise must be awaited before the next call; usually there is none. */
  add(row: RowView, view: ConversationView | null): Promise<void> | undefined {
    const json = JSON.stringify(view);
    this.rows.push(row);
    this.views.push(json);
    this.size += json.length;
    return this.size >= BLOCK_CHARS || this.rows.length >= BLOCK_ROWS ? this.flush() : undefined;
  }

  async end(tail: string): Promise<ReportFile> {
    await this.flush();
    await this.file.add(tail);
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
