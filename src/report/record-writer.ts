import type { ReportFile } from '../core/run.js';
import type { RecordLine } from './record-line.js';

/** One report format. All of them are fed by one pass over the records, in item order. */
export interface RecordWriter {
  /** A returned promise must be awaited before the next call; usually there is none. */
  add(entry: RecordLine): Promise<void> | undefined;
  /** Called once, after the last record. */
  end(): Promise<ReportFile>;
}
