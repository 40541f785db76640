import type { ReportFile } from '../core/run.js';
import type { ReportOutput, ReportSink } from './report-output.js';

/** Bytes gathered before they go out: few writes, and no file costs more memory than this. */
const BUFFER_BYTES = 256 * 1024;

/** One report file: gathers small pieces and counts its bytes. Lone surrogates in strings become U+FFFD. */
export class ReportFileWriter {
  private pieces: Uint8Array[] = [];
  private gathered = 0;
  private flushed = 0;
  private closed = false;

  private constructor(
    private readonly path: string,
    private readonly format: string,
    private readonly sink: ReportSink,
  ) {}

  static async open(output: ReportOutput, path: string, format: string): Promise<ReportFileWriter> {
    return new ReportFileWriter(path, format, await output.open(path));
  }

  /** Bytes given to `add` so far. */
  get bytes(): number {
    return this.flushed + this.gathered;
  }

  /** A returned promise must be awaited before the next call; usually there is none. */
  add(...pieces: (string | Uint8Array)[]): Promise<void> | undefined {
    for (const piece of pieces) {
      const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
      this.pieces.push(bytes);
      this.gathered += bytes.length;
    }
    return this.gathered >= BUFFER_BYTES ? this.flush() : undefined;
  }

  async end(): Promise<ReportFile> {
    await this.flush();
    this.closed = true;
    await this.sink.end();
    return { path: this.path, bytes: this.flushed, format: this.format };
  }

  /** Does nothing after `end`. */
  async abort(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.sink.abort();
  }

  private async flush(): Promise<void> {
    if (this.gathered === 0) return;
    const bytes = Buffer.concat(this.pieces, this.gathered);
    this.flushed += this.gathered;
    this.pieces = [];
    this.gathered = 0;
    await this.sink.write(bytes);
  }
}
