import { createHash } from 'node:crypto';
import type { ReportFile } from '../../core/run.js';
import type { RecordLine } from '../record-line.js';
import type { RecordWriter } from '../record-writer.js';
import type { ReportOutput } from '../report-output.js';
import { sessionRecording } from './session-recording.js';

const MAX_NAME = 100;

/**
 * One `.recording.json` for each conversation that was held. Conversations that were judged from a recording are left
 * out: they have one.
 */
export class RecordingsWriter implements RecordWriter {
  private bytes = 0;

  constructor(
    private readonly output: ReportOutput,
    private readonly folder: string,
  ) {}

  async add(entry: RecordLine): Promise<void> {
    const { record } = entry;
    if (record.recording !== undefined) return;
    const text = Buffer.from(`${JSON.stringify(sessionRecording(record), undefined, 2)}\n`);
    const sink = await this.output.open(`${this.folder}/${recordingName(record.id)}`);
    this.bytes += text.length;
    try {
      await sink.write(text);
      await sink.end();
    } catch (error) {
      await sink.abort();
      throw error;
    }
  }

  /** The folder, not its files: there is one for each conversation. */
  end(): Promise<ReportFile> {
    return Promise.resolve({ path: `${this.folder}/`, bytes: this.bytes, format: 'recording' });
  }
}

/** The same for the same conversation in every run, and different for any two of them, whatever their names hold. */
export function recordingName(id: string): string {
  const readable = id
    .replaceAll(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^[._-]+/, '')
    .slice(0, MAX_NAME);
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 8);
  return `${readable}${readable === '' ? '' : '-'}${digest}.recording.json`;
}
